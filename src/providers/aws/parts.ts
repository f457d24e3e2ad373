import type { Clock } from '../../core/clock.js';
import type { AwsImages } from './images.js';
import type { Regions } from './regions.js';
import type { AwsConfig, AwsSdk } from './sdk.js';

/** What the machines of EC2 are made and found with. */
export interface AwsParts {
  sdk: AwsSdk;
  regions: Regions;
  images: AwsImages;
  config: AwsConfig;
  clock: Clock;
}
