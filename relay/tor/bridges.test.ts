/** Whether bridges are used and why, what a change does to the tors, and that a refused one leaves all as it was. */
import { describe, expect, it } from 'vitest';
import { configOf } from '../config.ts';
import { type BridgedTor, Bridges } from './bridges.ts';
import { TorError } from './errors.ts';
import type { TorState } from './tor.ts';

const fingerprint = '0123456789ABCDEF0123456789ABCDEF01234567';
const obfs4 = `obfs4 192.0.2.1:443 ${fingerprint} cert=abc iat-mode=0`;
const plain = '192.0.2.9:443';
const transports = 'obfs4=/usr/bin/obfs4proxy';

/** A tor that keeps what it last read, and refuses lines that say `wrong`. */
class ReadingTor implements BridgedTor {
  state: TorState = { name: 'ready' };
  readonly tried: string[] = [];
  read: readonly string[] | null = null;
  fails = false;
  readonly #bridges: Bridges;

  constructor(bridges: Bridges) {
    this.#bridges = bridges;
    bridges.add(this);
  }

  accepts = async (lines: readonly string[]): Promise<void> => {
    this.tried.push(...lines);
    if (lines.some((line) => line.includes('wrong'))) throw new TorError('bad-torrc', `it says: ${lines.join()}`);
  };

  reload = async (): Promise<void> => {
    if (this.fails && this.#bridges.areUsed) throw new TorError('control-silent');
    this.read = this.#bridges.lines;
  };
}

function bridgesOf(settings: Record<string, unknown>): { bridges: Bridges; tor: ReadingTor } {
  const bridges = new Bridges(configOf({ transports, bridges: [obfs4], ...settings }));
  return { bridges, tor: new ReadingTor(bridges) };
}

const used = ['UseBridges 1', 'ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy', `Bridge ${obfs4}`];

describe('bridges', () => {
  it('are used from the start, when tor does not get on without them, or never', () => {
    expect(bridgesOf({ bridgeUse: 'always' }).bridges).toMatchObject({ areUsed: true, lines: used });
    expect(bridgesOf({ bridgeUse: 'always', bridges: [] }).bridges.view).toMatchObject({ areUsed: false, why: 'none' });
    const { bridges } = bridgesOf({});
    expect(bridges.view).toMatchObject({ use: 'when-needed', areUsed: false, why: 'not-needed' });
    expect(bridges.lines).toEqual([]);
    expect([bridges.stalled(), bridges.stalled()]).toEqual([true, false]);
    expect(bridges.view).toMatchObject({ areUsed: true, why: 'needed' });
    const never = bridgesOf({ bridgeUse: 'off' }).bridges;
    expect(never.stalled()).toBe(false);
    expect(never.view).toMatchObject({ areUsed: false, why: 'off' });
  });

  it('show of a line its transport and the end of its fingerprint, and nothing else', () => {
    const { view } = bridgesOf({ bridges: [obfs4, plain, `${plain} $${fingerprint.toLowerCase()}`] }).bridges;
    expect(view.list).toEqual([
      { transport: 'obfs4', fingerprintEnd: '4567' },
      { transport: '', fingerprintEnd: null },
      { transport: '', fingerprintEnd: '4567' },
    ]);
    expect(view.transports).toEqual(['obfs4']);
    expect(JSON.stringify(view)).not.toMatch(/192|cert|0123|\/usr/);
  });

  it('are told to all tors that live, and only where something changes for them', async () => {
    const { bridges, tor } = bridgesOf({ bridgeUse: 'off' });
    const second = new ReadingTor(bridges);
    const gone = new ReadingTor(bridges);
    gone.state = { name: 'stopped' };
    await bridges.change({ bridges: [plain], bridgeUse: 'off' });
    expect([tor.tried, tor.read]).toEqual([expect.arrayContaining([`Bridge ${plain}`]), null]);
    await bridges.change({ bridges: [plain], bridgeUse: 'always' });
    expect([tor.read, second.read, gone.read]).toEqual([bridges.lines, bridges.lines, null]);
    expect(tor.read).toContain(`Bridge ${plain}`);
    await bridges.change({ bridges: [], bridgeUse: 'always' });
    expect([tor.read, second.read, bridges.view.why]).toEqual([[], [], 'none']);
  });

  it('that carry the relay stay when they become those for need, until they are switched off', async () => {
    const { bridges, tor } = bridgesOf({ bridgeUse: 'always' });
    await bridges.change({ bridges: [obfs4], bridgeUse: 'when-needed' });
    expect([bridges.view.why, bridges.areUsed, tor.read]).toEqual(['kept', true, null]);
    await bridges.change({ bridges: [obfs4], bridgeUse: 'off' });
    expect([bridges.view.why, tor.read]).toEqual(['off', []]);
    await bridges.change({ bridges: [obfs4], bridgeUse: 'when-needed' });
    expect(bridges.view.why).toBe('not-needed');
  });

  it('that come while tor does not get on are used at once', async () => {
    const { bridges, tor } = bridgesOf({ bridges: [] });
    bridges.stalled();
    await bridges.change({ bridges: [obfs4], bridgeUse: 'when-needed' });
    expect([bridges.view.why, tor.read]).toEqual(['needed', used]);
    bridges.ready();
    await bridges.change({ bridges: [obfs4], bridgeUse: 'when-needed' });
    expect(bridges.view.why).toBe('needed');
  });

  it('that tor refuses change nothing, and the reason names the place of the line, not the line', async () => {
    const { bridges, tor } = bridgesOf({});
    const wrong = bridges.change({ bridges: [plain, '192.0.2.7:1 wrong'], bridgeUse: 'always' });
    await expect(wrong).rejects.toThrow(/^tor does not accept bridge 2 of the list$/);
    expect([bridges.view.use, bridges.view.list.length, tor.read]).toEqual(['when-needed', 1, null]);
  });

  it('that one of the tors does not take are put back in all', async () => {
    const { bridges, tor } = bridgesOf({});
    const second = new ReadingTor(bridges);
    second.fails = true;
    await expect(bridges.change({ bridges: [plain], bridgeUse: 'always' })).rejects.toThrow('tor did not take the bridges: control-silent');
    expect([tor.read, second.read]).toEqual([[], []]);
    expect(bridges.view).toMatchObject({ use: 'when-needed', areUsed: false, why: 'not-needed' });
    expect(bridges.view.list).toEqual([{ transport: 'obfs4', fingerprintEnd: '4567' }]);
  });
});
