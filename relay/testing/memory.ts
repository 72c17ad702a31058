/**
 * The whole memory of another process of ours (Linux: /proc/PID/mem), searched. A heap snapshot would miss what matters most here: bytes that
 * lie in buffers, outside the heap that it describes.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Of each needle, whether any writable page that the process has touched holds it. */
export function searchMemory(pid: number, needles: readonly Buffer[]): boolean[] {
  const found = needles.map(() => false);
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const file = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { from, length } of touched(pid)) {
      const chunk = Buffer.alloc(Math.min(length, 8 * 1024 * 1024) + overlap);
      for (let at = 0; at < length; at += chunk.length - overlap) {
        const got = readAt(file, chunk, from + at, Math.min(chunk.length, length - at));
        const bytes = chunk.subarray(0, got);
        for (const [i, needle] of needles.entries()) found[i] ||= bytes.includes(needle);
      }
    }
  } finally {
    closeSync(file);
  }
  return found;
}

/** Writable mappings with something in them; V8 reserves far more than it uses. */
function touched(pid: number): { from: number; length: number }[] {
  const mappings: { from: number; length: number }[] = [];
  let current: { from: number; length: number } | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const head = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line);
    if (head) {
      const [from, to] = [Number.parseInt(head[1]!, 16), Number.parseInt(head[2]!, 16)];
      current = head[3]!.startsWith('rw') ? { from, length: to - from } : undefined;
    } else if (current !== undefined && /^Rss:\s+[1-9]/.test(line)) mappings.push(current);
  }
  return mappings;
}

function readAt(file: number, into: Buffer, position: number, length: number): number {
  try {
    return readSync(file, into, 0, length, position);
  } catch {
    return 0; // unmapped meanwhile
  }
}
