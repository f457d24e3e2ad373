import { describe } from 'vitest';
import { startGcp } from '../helpers/gcp.js';
import { gcplocalMissing } from '../helpers/gcplocal.js';
import { addressesContract } from './addresses.contract.js';
import { imagesContract } from './images.contract.js';
import { instancesContract } from './instances.contract.js';
import { networksContract } from './networks.contract.js';
import { pricingContract } from './pricing.contract.js';

const missing = gcplocalMissing();
const start = (): ReturnType<typeof startGcp> => startGcp();

describe.skipIf(missing)('gcp on gcplocal behind a stub', () => {
  instancesContract({ name: 'gcp', ssh: false, start });
  networksContract({ name: 'gcp', start });
  addressesContract({ name: 'gcp', start });
  imagesContract({ name: 'gcp', start, known: 'debian-12', newest: 'projects/debian-cloud/global/images/debian-12-v20250601' });
  pricingContract({ name: 'gcp', start, known: 'e2-small' });
});
