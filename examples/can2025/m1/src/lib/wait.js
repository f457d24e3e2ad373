const GREEN_MINUTES = 5;
const YELLOW_MINUTES = 10;

/** Expected wait at a gate in minutes, from people in line and seconds per person. */
export function waitMinutes(queueLength, avgProcessingTime) {
  return (queueLength * avgProcessingTime) / 60;
}

export function levelOf(minutes) {
  if (minutes <= GREEN_MINUTES) return 'green';
  return minutes <= YELLOW_MINUTES ? 'yellow' : 'red';
}
