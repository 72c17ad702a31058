import { describe, expect, it } from 'vitest';
import { sentence } from './reply.ts';
import { Watch } from './watch.ts';

function watching() {
  const seen = { built: [] as number[], failed: 0, streams: 0, shared: 0 };
  let now = 0;
  const told = {
    circuitBuilt: (seconds: number) => seen.built.push(seconds),
    circuitFailed: () => seen.failed++,
    stream: () => seen.streams++,
    shared: () => seen.shared++,
  };
  const watch = new Watch(told, () => now);
  const take = (text: string): void => watch.take({ name: text.split(' ')[0] as string, ...sentence(text) });
  return { seen, take, pass: (ms: number) => (now += ms) };
}

const stream = (id: number, status: string, circuit: number, key: string | null): string =>
  `STREAM ${id} ${status} ${circuit} a.onion:80 ${key === null ? '' : `SOCKS_USERNAME="${key}" SOCKS_PASSWORD="p" `}CLIENT_PROTOCOL=SOCKS5`;

describe('the watch over isolation', () => {
  it('is content while each circuit carries one key, however many streams of it', () => {
    const { seen, take } = watching();
    for (let i = 0; i < 6; i++) {
      take(stream(i, 'NEW', 0, `k${i % 2}`));
      take(stream(i, 'SENTCONNECT', 10 + (i % 2), `k${i % 2}`));
      take(stream(i, 'SUCCEEDED', 10 + (i % 2), `k${i % 2}`));
    }
    expect(seen).toMatchObject({ streams: 6, shared: 0 });
  });

  it('tells when a circuit carries a second key', () => {
    const { seen, take } = watching();
    take(stream(1, 'SENTCONNECT', 7, 'k1'));
    take(stream(2, 'SENTCONNECT', 7, 'k2'));
    expect(seen.shared).toBe(1);
  });

  it('tells when a stream without a key joins a circuit of ours', () => {
    const { seen, take } = watching();
    take(stream(1, 'SENTCONNECT', 7, 'k1'));
    take(stream(2, 'SENTCONNECT', 7, null));
    expect(seen.shared).toBe(1);
  });

  it('tells when a circuit that was made for one key carries another', () => {
    const { seen, take } = watching();
    take('CIRC 7 EXTENDED $AA~a,$BB~b PURPOSE=HS_CLIENT_REND SOCKS_USERNAME="k1" SOCKS_PASSWORD="p"');
    take(stream(1, 'SENTCONNECT', 7, 'k2'));
    expect(seen.shared).toBe(1);
  });

  it('does not take a number that is used again for the same circuit, or tor’s own streams for ours', () => {
    const { seen, take } = watching();
    take(stream(1, 'SENTCONNECT', 7, 'k1'));
    take('CIRC 7 CLOSED REASON=FINISHED SOCKS_USERNAME="k1" SOCKS_PASSWORD="p"');
    take(stream(2, 'SENTCONNECT', 7, 'k2'));
    take('STREAM 3 SENTCONNECT 7 127.0.0.1.$AA.exit:9001 CLIENT_PROTOCOL=UNKNOWN');
    take(stream(4, 'CLOSED', 7, 'k3'));
    expect(seen.shared).toBe(0);
  });

  it('counts circuits that were built, once each, with the time they took, and those that failed', () => {
    const { seen, take, pass } = watching();
    take('CIRC 1 LAUNCHED PURPOSE=GENERAL');
    take('CIRC 2 LAUNCHED PURPOSE=GENERAL');
    pass(250);
    take('CIRC 1 BUILT $AA~a PURPOSE=GENERAL');
    take('CIRC 1 BUILT $AA~a PURPOSE=HS_CLIENT_REND');
    take('CIRC 2 FAILED REASON=TIMEOUT');
    take('CIRC 1 CLOSED REASON=FINISHED');
    take('CIRC 3 FAILED REASON=TIMEOUT');
    expect(seen).toMatchObject({ built: [0.25], failed: 1 });
  });
});
