import type { Book } from '../prices/book.js';

const GIB = 1024;

/** The bundled book. */
export const AWS_BOOK: Book = {
  source: 'public on-demand list price, bundled estimate',
  date: '2025-01-01',
  sizes: {
    't3.nano': {
      vcpu: 2,
      memoryMiB: 0.5 * GIB,
      hourlyUsd: { 'us-east-1': 0.0052, 'us-west-2': 0.0052, 'eu-west-1': 0.0057, 'eu-central-1': 0.006 },
    },
    't3.micro': {
      vcpu: 2,
      memoryMiB: GIB,
      hourlyUsd: { 'us-east-1': 0.0104, 'us-west-2': 0.0104, 'eu-west-1': 0.0114, 'eu-central-1': 0.012 },
    },
    't3.small': {
      vcpu: 2,
      memoryMiB: 2 * GIB,
      hourlyUsd: { 'us-east-1': 0.0208, 'us-west-2': 0.0208, 'eu-west-1': 0.0228, 'eu-central-1': 0.024 },
    },
    't3.medium': {
      vcpu: 2,
      memoryMiB: 4 * GIB,
      hourlyUsd: { 'us-east-1': 0.0416, 'us-west-2': 0.0416, 'eu-west-1': 0.0456, 'eu-central-1': 0.048 },
    },
    't3.large': {
      vcpu: 2,
      memoryMiB: 8 * GIB,
      hourlyUsd: { 'us-east-1': 0.0832, 'us-west-2': 0.0832, 'eu-west-1': 0.0912, 'eu-central-1': 0.096 },
    },
    'm5.large': {
      vcpu: 2,
      memoryMiB: 8 * GIB,
      hourlyUsd: { 'us-east-1': 0.096, 'us-west-2': 0.096, 'eu-west-1': 0.107, 'eu-central-1': 0.115 },
    },
    'c5.large': {
      vcpu: 2,
      memoryMiB: 4 * GIB,
      hourlyUsd: { 'us-east-1': 0.085, 'us-west-2': 0.085, 'eu-west-1': 0.096, 'eu-central-1': 0.097 },
    },
  },
};
