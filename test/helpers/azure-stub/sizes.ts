/** STUB of ours: the sizes of machines, as the list of SKUs of Microsoft.Compute tells them. Never compared with the real cloud. */
const SIZES: Readonly<Record<string, { vCPUs: string; MemoryGB: string }>> = {
  Standard_B1s: { vCPUs: '1', MemoryGB: '1' },
  Standard_B2s: { vCPUs: '2', MemoryGB: '4' },
  Standard_D2s_v5: { vCPUs: '2', MemoryGB: '8' },
};

const LOCATIONS = ['eastus', 'westeurope', 'northeurope', 'westus2', 'swedencentral'];

/** The SKUs of the region that a filter names, with one that is no machine. */
export function sizes(filter: string): unknown[] {
  const location = /location eq '([^']+)'/.exec(filter)?.[1] ?? '';
  if (!LOCATIONS.includes(location)) return [];
  const machines = Object.entries(SIZES).map(([name, facts]) => ({
    resourceType: 'virtualMachines',
    name,
    locations: [location],
    capabilities: Object.entries(facts).map(([capability, value]) => ({ name: capability, value })),
  }));
  return [{ resourceType: 'disks', name: 'Standard_LRS', locations: [location] }, ...machines];
}
