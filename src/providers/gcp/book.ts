import type { Book } from '../prices/book.js';

const GIB = 1024;

/** The bundled book. */
export const GCP_BOOK: Book = {
  source: 'public on-demand list price, bundled estimate',
  date: '2025-01-01',
  sizes: {
    'e2-micro': { vcpu: 2, memoryMiB: GIB, hourlyUsd: { 'us-central1': 0.00838 } },
    'e2-small': { vcpu: 2, memoryMiB: 2 * GIB, hourlyUsd: { 'us-central1': 0.01675 } },
    'e2-medium': { vcpu: 2, memoryMiB: 4 * GIB, hourlyUsd: { 'us-central1': 0.0335 } },
    'e2-standard-2': { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { 'us-central1': 0.067 } },
    'n2-standard-2': { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { 'us-central1': 0.0971 } },
  },
};
