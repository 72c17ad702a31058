/**
 * Loaded into the relay of a soak by `node --expose-gc --import`: answers each message of the parent process with what memory is left after a
 * collection. The relay's own code has no part in it.
 */
process.on('message', () => {
  gc?.();
  process.send?.(process.memoryUsage());
});
process.channel?.unref();
