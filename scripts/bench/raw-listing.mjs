// The machines of three clouds by the plain paginations of their SDKs, all at once; prints how many each has. BENCH_AWS, BENCH_AZURE and BENCH_GCP
// say where the emulators are.
const { BENCH_AWS, BENCH_AZURE, BENCH_GCP } = process.env;

async function countOf(list) {
  const all = [];
  for await (const each of list) all.push(each);
  return all.length;
}

async function aws() {
  const { EC2Client, paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
  let count = 0;
  for await (const page of paginateDescribeInstances(
    { client: new EC2Client({ endpoint: BENCH_AWS }), pageSize: 1000 },
    {},
  )) {
    count += (page.Reservations ?? []).flatMap((each) => each.Instances ?? []).length;
  }
  return count;
}

async function azure() {
  const [{ ComputeManagementClient }, { DefaultAzureCredential }] = await Promise.all([
    import('@azure/arm-compute'),
    import('@azure/identity'),
  ]);
  const client = new ComputeManagementClient(new DefaultAzureCredential(), '00000000-0000-4000-8000-000000000001', {
    endpoint: BENCH_AZURE,
  });
  return countOf(client.virtualMachines.listAll());
}

async function gcp() {
  const [{ InstancesClient }, { GoogleAuth }] = await Promise.all([
    import('@google-cloud/compute'),
    import('google-auth-library'),
  ]);
  const { hostname, port } = new URL(BENCH_GCP);
  const auth = Object.assign(new GoogleAuth({ projectId: 'contract' }), {
    defaultScopes: ['https://www.googleapis.com/auth/compute'],
    useJWTAccessWithScope: true,
  });
  const client = new InstancesClient({
    apiEndpoint: hostname,
    port: Number(port),
    protocol: 'http',
    auth,
    projectId: 'contract',
    fallback: true,
  });
  return countOf(
    client.listAsync({ project: 'contract', zone: 'us-central1-a', maxResults: 500 }, { autoPaginate: false }),
  );
}

process.stdout.write(JSON.stringify(await Promise.all([aws(), azure(), gcp()])));
