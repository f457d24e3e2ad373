/** A sample: of `total` answers `hits` are of the kind that is looked for. */
export interface Sample {
  hits: number;
  total: number;
}

/**
 * Fisher's exact test, one-sided: the probability of at least as many hits in `fresh` as there are, if both samples
 * came
 * from the same population. It holds for samples of any size. 1 when either is empty.
 */
export function likelihoodOfExcess(fresh: Sample, old: Sample): number {
  const hits = fresh.hits + old.hits;
  const total = fresh.total + old.total;
  if (fresh.total === 0 || old.total === 0 || fresh.hits === 0) return 1;
  const ways = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  const most = Math.min(hits, fresh.total);
  let term = Math.exp(ways(fresh.total, fresh.hits) + ways(old.total, old.hits) - ways(total, hits));
  let sum = 0;
  for (let x = fresh.hits; x <= most && (term > sum * 1e-12 || x < (hits * fresh.total) / total); x += 1) {
    sum += term;
    term *= ((fresh.total - x) * (hits - x)) / ((x + 1) * (old.total - hits + x + 1));
  }
  return Math.min(1, sum);
}

/** Natural logarithm of n!, by Stirling's series above the numbers where it is exact enough. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor += 1) product *= factor;
    return Math.log(product);
  }
  const x = n + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
