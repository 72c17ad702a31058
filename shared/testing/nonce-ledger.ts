/**
 * A record of every (key, nonce) pair that anything sealed under, for tests that assert that none repeats (protocol.md "Records and
 * ratchets"). It takes the place of `primitives.ts` by Vitest's module mocking, so production code has no door for it:
 *
 *   vi.mock('../primitives.ts', async (original) => (await import('../testing/nonce-ledger.ts')).keepLedger(await original()));
 */
type Primitives = typeof import('../primitives.ts');

const pairs = new Set<string>();

export const ledger = {
  /** Seals since the last `clear`. */
  sealed: 0,
  /** Of those, how many used a key and nonce used before. */
  repeated: 0,
  clear(): void {
    pairs.clear();
    ledger.sealed = 0;
    ledger.repeated = 0;
  },
};

export function keepLedger(primitives: Primitives): Primitives {
  const seal: Primitives['seal'] = (key, nonce, aad, plaintext) => {
    const pair = `${key.join()}/${nonce.join()}`;
    ledger.sealed++;
    if (pairs.has(pair)) ledger.repeated++;
    pairs.add(pair);
    return primitives.seal(key, nonce, aad, plaintext);
  };
  return { ...primitives, seal };
}
