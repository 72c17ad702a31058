import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Answer, FakeTor, offers } from '../testing/fake-tor.ts';
import { Control } from './control.ts';
import type { TorError } from './errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'hushroom-control-'));
const cookieFile = join(folder, 'cookie');
const fakes: FakeTor[] = [];

async function fakeTor(answer: Answer = () => undefined, methods = 'NULL'): Promise<FakeTor> {
  const fake: FakeTor = await FakeTor.start((command) => {
    const said = answer(command);
    if (said !== undefined) return said;
    if (command.startsWith('PROTOCOLINFO')) return offers(methods, cookieFile);
    if (command.startsWith('AUTHCHALLENGE')) return fake.challenge(command);
    return ['250 OK'];
  });
  fakes.push(fake);
  writeFileSync(cookieFile, fake.cookie);
  return fake;
}

const codeOf = async (failing: Promise<unknown>): Promise<string> =>
  await failing.then(
    () => 'no failure',
    (error: TorError) => error.code,
  );

afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

describe('the control connection', () => {
  it('proves the cookie without showing it', async () => {
    const fake = await fakeTor(undefined, 'COOKIE,SAFECOOKIE');
    const control = await Control.open(fake.place);
    control.close();
    expect(fake.commands.join('\n')).not.toContain(fake.cookie.toString('hex'));
    expect(fake.commands.map((command) => command.split(' ')[0])).toEqual(['PROTOCOLINFO', 'AUTHCHALLENGE', 'AUTHENTICATE']);
  });

  it('gives nothing to a tor that does not know the cookie', async () => {
    const fake = await fakeTor(
      (command) => (command.startsWith('AUTHCHALLENGE') ? fake.challenge(command, Buffer.alloc(32)) : undefined),
      'SAFECOOKIE',
    );
    expect(await codeOf(Control.open(fake.place))).toBe('wrong-cookie');
    expect(fake.commands.some((command) => command.startsWith('AUTHENTICATE'))).toBe(false);
  });

  it('has an error of its own for each way in that fails', async () => {
    const refusing =
      (verb: string): Answer =>
      (command) =>
        command.startsWith(verb) ? ['515 Authentication failed'] : undefined;
    const withCookie = await fakeTor(refusing('AUTHENTICATE'), 'SAFECOOKIE');
    expect(await codeOf(Control.open(withCookie.place))).toBe('wrong-cookie');
    expect(await codeOf(Control.open(withCookie.place, { cookieFile: join(folder, 'none') }))).toBe('no-cookie');
    writeFileSync(cookieFile, 'short');
    expect(await codeOf(Control.open(withCookie.place))).toBe('wrong-cookie');
    const withPassword = await fakeTor(refusing('AUTHENTICATE'), 'HASHEDPASSWORD');
    expect(await codeOf(Control.open(withPassword.place, { password: 'x' }))).toBe('wrong-password');
    expect(await codeOf(Control.open(withPassword.place))).toBe('no-authentication');
    const { place } = withPassword;
    await fakes.pop()!.close();
    expect(await codeOf(Control.open(place))).toBe('control-unreachable');
    expect(await codeOf(Control.open({ path: join(folder, 'no-socket') }))).toBe('control-unreachable');
    const web = await fakeTor(() => ['HTTP/1.1 400 Bad Request', '']);
    expect(await codeOf(Control.open(web.place))).toBe('control-garbled');
  });

  it('gives each command its reply, with events between them going to who listens', async () => {
    const fake = await fakeTor((command) =>
      command.startsWith('GETINFO') ? ['650 BW 3 4', `250-${command.slice(8)}=${command.length}`, '250 OK'] : undefined,
    );
    const control = await Control.open(fake.place);
    const heard: string[] = [];
    const stop = await control.listen(['BW', 'CIRC'], ({ words }) => heard.push(words.join(' ')));
    expect(await Promise.all(['a', 'bb', 'ccc'].map((key) => control.info(key)))).toEqual(['9', '10', '11']);
    await stop();
    await control.info('a');
    expect(heard).toEqual(['BW 3 4', 'BW 3 4', 'BW 3 4']);
    expect(fake.commands.filter((command) => command.startsWith('SETEVENTS'))).toEqual(['SETEVENTS BW CIRC', 'SETEVENTS']);
  });

  it('keeps every listener of an event until the last one stops', async () => {
    const fake = await fakeTor();
    const control = await Control.open(fake.place);
    const stopFirst = await control.listen(['BW'], () => {});
    const stopSecond = await control.listen(['BW', 'CIRC'], () => {});
    await stopFirst();
    await stopSecond();
    expect(fake.commands.slice(-4)).toEqual(['SETEVENTS BW', 'SETEVENTS BW CIRC', 'SETEVENTS BW CIRC', 'SETEVENTS']);
  });

  it('asks no more for an event that tor has refused: those that it has can still be listened to', async () => {
    const fake = await fakeTor((command) => (/^SETEVENTS.* NEWER/.test(command) ? ['552 Unrecognized event'] : undefined));
    const control = await Control.open(fake.place);
    expect(await codeOf(control.listen(['NEWER'], () => {}))).toBe('refused');
    await control.listen(['BW'], () => {});
    expect(fake.commands.at(-1)).toBe('SETEVENTS BW');
  });

  it("tells a refusal in tor's words, without the arguments of the command", async () => {
    const fake = await fakeTor((command) => (command.startsWith('ADD_ONION') ? ['512 Bad key'] : undefined));
    const control = await Control.open(fake.place);
    const refusal = await control.ask('ADD_ONION ED25519-V3:secret').catch((error: TorError) => error);
    expect(refusal).toMatchObject({ code: 'refused', message: expect.stringContaining('(ADD_ONION: 512 Bad key)') });
    expect(await control.ask('GETINFO version')).toMatchObject({ status: 250 });
  });

  it('fails what waits when it is cut, when tor is silent, and when it talks nonsense', async () => {
    const fake = await fakeTor((command) => (command.startsWith('GETINFO') ? [] : undefined));
    const cut = await Control.open(fake.place);
    const waiting = codeOf(cut.info('a'));
    fake.cut();
    expect(await waiting).toBe('control-closed');
    expect((await cut.closed).code).toBe('control-closed');
    expect(await codeOf(cut.info('a'))).toBe('control-closed');
    const silent = await Control.open(fake.place, {}, { answerMs: 30 });
    expect(await codeOf(silent.info('a'))).toBe('control-silent');
    const garbled = await Control.open(fake.place);
    fake.say('250 an answer that nobody asked for');
    expect((await garbled.closed).code).toBe('control-garbled');
  });

  it('refuses commands of more than one line', async () => {
    const control = await Control.open((await fakeTor()).place);
    expect(() => control.ask('GETINFO a\r\nSIGNAL HALT')).toThrow(RangeError);
    await expect(control.setConf([['Nickname', 'a\nb']])).rejects.toThrow(RangeError);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
