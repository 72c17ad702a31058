/**
 * Whether a series of figures taken at equal intervals grows. Theil and Sen's line: the median of the slopes between all pairs of points,
 * which a third of the points may miss by anything. A comparison of the first figure with the last would be a coin toss beside a garbage
 * collector.
 */

/** By how much the line through them rises from the first to the last, as a part of where it begins. */
export function growth(figures: readonly number[]): number {
  if (figures.length < 3) throw new RangeError(`${figures.length} figures say nothing about growth`);
  const slopes: number[] = [];
  for (let i = 0; i < figures.length; i++) for (let j = i + 1; j < figures.length; j++) slopes.push((figures[j]! - figures[i]!) / (j - i));
  const slope = middle(slopes);
  const start = middle(figures.map((figure, i) => figure - slope * i));
  return (slope * (figures.length - 1)) / start;
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
