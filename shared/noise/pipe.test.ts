import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import { answerPipe, callPipe, type Pipe, pipeKey } from './pipe.ts';

const { bytes } = seededRandom(75);

function pair(): { page: Pipe; relay: Pipe } {
  const key = pipeKey(bytes(32));
  const call = callPipe(key.public, bytes);
  const { answer, pipe } = answerPipe(key, call.hello, bytes);
  return { page: call.answered(answer), relay: pipe };
}

describe('a pipe', () => {
  it('carries messages of every length both ways, in order', () => {
    const { page, relay } = pair();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: limits.relayMessageBytes }), (message) => {
        expect(relay.open(page.seal(message))).toEqual(message);
        expect(page.open(relay.seal(message))).toEqual(message);
      }),
      { numRuns: 40 },
    );
    const longest = new Uint8Array(limits.relayMessageBytes).fill(7);
    expect(relay.open(page.seal(longest))).toEqual(longest);
  });

  it('shows the gateway seven sizes', () => {
    const { page } = pair();
    const seen = new Set<number>();
    for (let length = 0; length <= limits.relayMessageBytes; length += 97) seen.add(page.seal(new Uint8Array(length)).length);
    seen.add(page.seal(new Uint8Array(limits.relayMessageBytes)).length);
    expect([...seen].sort((a, b) => a - b)).toEqual(limits.buckets.map((bucket) => bucket + 35));
    expect(Math.max(...seen)).toBe(limits.pipeMessageBytes);
  });

  it('is as long in its handshake whatever it is for', () => {
    const key = pipeKey(bytes(32));
    const call = callPipe(key.public, bytes);
    expect([call.hello.length, answerPipe(key, call.hello, bytes).answer.length]).toEqual([48, 48]);
  });

  it('is not answered by who holds another key', () => {
    const call = callPipe(pipeKey(bytes(32)).public, bytes);
    expect(codeOf(() => answerPipe(pipeKey(bytes(32)), call.hello, bytes))).toBe('unauthentic');
  });

  it('takes no answer that was changed on its way', () => {
    const key = pipeKey(bytes(32));
    const call = callPipe(key.public, bytes);
    const { answer } = answerPipe(key, call.hello, bytes);
    for (let i = 0; i < answer.length; i++) {
      const changed = answer.slice();
      changed[i]! ^= 1;
      expect(codeOf(() => call.answered(changed))).toBe('unauthentic');
    }
    expect(call.answered(answer)).toBeDefined();
  });

  it('refuses what a gateway replays, reorders, cuts, changes or writes itself', () => {
    const { page, relay } = pair();
    const [first, second] = [page.seal(bytes(10)), page.seal(bytes(10))];
    expect(codeOf(() => relay.open(second))).toBe('unauthentic');
    expect(relay.open(first)).toHaveLength(10);
    expect(codeOf(() => relay.open(first))).toBe('unauthentic');
    expect(codeOf(() => relay.open(second.slice(0, -1)))).toBe('unauthentic');
    expect(codeOf(() => relay.open(bytes(291)))).toBe('unauthentic');
    expect(codeOf(() => relay.open(new Uint8Array(3)))).toMatch(/unauthentic|truncated/);
  });

  it('refuses to seal what no relay message can be', () => {
    expect(() => pair().page.seal(new Uint8Array(limits.relayMessageBytes + 1))).toThrow(RangeError);
  });

  it('does nothing more once its keys are wiped', () => {
    const { page, relay } = pair();
    const sealed = page.seal(bytes(1));
    page.dispose();
    relay.dispose();
    expect(() => page.seal(bytes(1))).toThrow(TypeError);
    expect(() => relay.open(sealed)).toThrow(TypeError);
  });
});
