import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FarEnd } from '../far-end.ts';
import type { Control, EventListener } from './control.ts';
import { Sounding } from './sounding.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const name = 'a'.repeat(56);

function tor() {
  const asked: string[] = [];
  let listener: EventListener = () => {};
  const control = {
    listen: (_: unknown, told: EventListener) => {
      listener = told;
      return Promise.resolve(() => Promise.resolve());
    },
    ask: (command: string) => {
      asked.push(command);
      return Promise.resolve({ status: 250, lines: [{ text: `ServiceID=${name}`, data: null }] });
    },
  };
  const says = (...words: string[]): void => listener({ name: 'HS_DESC', words: ['HS_DESC', ...words], fields: new Map(), data: null });
  return { asked, control: control as unknown as Control, says };
}

async function open(): Promise<Sounding> {
  const sounding = await Sounding.open();
  ends.push(() => sounding.close());
  return sounding;
}

describe('the onion that daemons are sounded by', () => {
  it('counts once the Tor network knows it, and is made anew with each control connection', async () => {
    const sounding = await open();
    const { asked, control, says } = tor();
    await sounding.publish(control);
    expect(asked[0]).toMatch(/^ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=80,127\.0\.0\.1:\d+$/);
    expect(sounding.host).toBeNull();
    says('UPLOAD', name);
    says('UPLOADED', 'b'.repeat(56));
    expect(sounding.host).toBeNull();
    says('UPLOADED', name);
    expect(sounding.host).toBe(`${name}.onion`);
    await sounding.publish(tor().control);
    expect(sounding.host).toBeNull();
  });

  it('answers as a far end does, and says nothing more', async () => {
    const sounding = await open();
    const { asked, control } = tor();
    await sounding.publish(control);
    const port = Number(/:(\d+)$/.exec(asked[0]!)?.[1]);
    const line = await FarEnd.open(connect(port, '127.0.0.1'), `${name}.onion`, 0, 60_000);
    await new Promise<void>((resolve) => line.onClose(resolve));
  });

  it('has no patience with anything else', async () => {
    const sounding = await open();
    const { asked, control } = tor();
    await sounding.publish(control);
    const socket = connect(Number(/:(\d+)$/.exec(asked[0]!)?.[1]), '127.0.0.1');
    let said = '';
    socket.on('data', (bytes) => (said += bytes)).on('error', () => {});
    socket.write('x'.repeat(5000));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(said).toBe('');
  });
});
