export type BookName = 'aws' | 'azure' | 'gcp';

/** Facts of a size, with the price of an hour on demand with Linux by region, in US dollars. */
interface BookSize {
  vcpu: number;
  memoryMiB: number;
  hourlyUsd: Readonly<Record<string, number>>;
}

interface Book {
  /** Where the prices come from. */
  source: string;
  /** ISO date up to which they were known; prices change, so output shows it. */
  date: string;
  sizes: Readonly<Record<string, BookSize>>;
}

const GIB = 1024;

/**
 * Prices that were public list prices at the date given; they were not fetched from a price list, so output calls them estimates.
 * A size or region that is not here has no price.
 */
export const PRICES: Readonly<Record<BookName, Book>> = {
  aws: {
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
  },
  azure: {
    source: 'public pay-as-you-go list price, bundled estimate',
    date: '2025-01-01',
    sizes: {
      Standard_B1s: { vcpu: 1, memoryMiB: GIB, hourlyUsd: { eastus: 0.0104 } },
      Standard_B1ms: { vcpu: 1, memoryMiB: 2 * GIB, hourlyUsd: { eastus: 0.0207 } },
      Standard_B2s: { vcpu: 2, memoryMiB: 4 * GIB, hourlyUsd: { eastus: 0.0416 } },
      Standard_B2ms: { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { eastus: 0.0832 } },
      Standard_D2s_v5: { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { eastus: 0.096 } },
    },
  },
  gcp: {
    source: 'public on-demand list price, bundled estimate',
    date: '2025-01-01',
    sizes: {
      'e2-micro': { vcpu: 2, memoryMiB: GIB, hourlyUsd: { 'us-central1': 0.00838 } },
      'e2-small': { vcpu: 2, memoryMiB: 2 * GIB, hourlyUsd: { 'us-central1': 0.01675 } },
      'e2-medium': { vcpu: 2, memoryMiB: 4 * GIB, hourlyUsd: { 'us-central1': 0.0335 } },
      'e2-standard-2': { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { 'us-central1': 0.067 } },
      'n2-standard-2': { vcpu: 2, memoryMiB: 8 * GIB, hourlyUsd: { 'us-central1': 0.0971 } },
    },
  },
};
