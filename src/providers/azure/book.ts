import type { Book } from '../prices/book.js';

const GIB = 1024;

/** The bundled book. */
export const AZURE_BOOK: Book = {
  source: 'public pay-as-you-go list price, bundled estimate',
  date: '2025-01-01',
  sizes: {
    Standard_B1s: { vcpu: 1, memoryMiB: GIB, hourlyUsd: { eastus: 0.0104 } },
    Standard_B1ms: { vcpu: 1, memoryMiB: 2 * GIB, hourlyUsd: { eastus: 0.0207 } },
    Standard_B2s: { vcpu: 2, memoryMiB: 4 * GIB, hourlyUsd: { eastus: 0.0416 } },
    Standard_B2ms: { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { eastus: 0.0832 } },
    Standard_D2s_v5: { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { eastus: 0.096 } },
  },
};
