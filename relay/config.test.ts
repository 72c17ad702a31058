import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configOf, flagOf, help, readConfig, settingNames, variableOf } from './config.ts';
import { RelayError } from './errors.ts';

const complaint = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(RelayError);
    return (error as RelayError).message;
  }
  return 'none';
};
const file = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'hushroom-config-')), 'relay.json');
  writeFileSync(path, content);
  return path;
};

describe('settings', () => {
  it('are read from a flag before a variable before the file before the default', () => {
    const path = file('{ "port": 1, "roomMembers": 3, "graceSeconds": 4, "origins": ["https://a.example"] }');
    const config = readConfig(['--port', '5', `--config=${path}`], { HUSHROOM_PORT: '6', HUSHROOM_ROOM_MEMBERS: '7', PATH: '/bin' });
    expect(config).toMatchObject({ port: 5, roomMembers: 7, graceSeconds: 4, origins: ['https://a.example'], burst: 4 });
    expect(readConfig([], { HUSHROOM_CONFIG: path }).port).toBe(1);
  });

  it('of each kind are read as a person writes them', () => {
    const config = readConfig(
      [
        '--onion',
        '--proxies=loopback,2001:db8::/32',
        '--turn-urls',
        'turn:a:1,stun:b:2',
        '--turn-secret=a=b',
        '--origins=https://A.example/',
      ],
      {
        HUSHROOM_METRICS: 'off',
      },
    );
    expect(config).toMatchObject({
      onion: true,
      proxies: ['loopback', '2001:db8::/32'],
      turnUrls: ['turn:a:1', 'stun:b:2'],
      turnSecret: 'a=b',
      origins: ['https://a.example'],
      metrics: 'off',
    });
    expect(readConfig(['--onion=no'], {}).onion).toBe(false);
  });

  it('that are wrong are told all at once, by the name they were given', () => {
    const path = file('{ "burst": "many", "colour": "red" }');
    const said = complaint(() =>
      readConfig(['--port=99999', '--prot', '1', '--host'], {
        HUSHROOM_CONFIG: path,
        HUSHROOM_GRACE_SECONDS: '-1',
        HUSHROOM_COLOR: '',
        HUSHROOM_ORIGINS: 'chat.example',
      }),
    );
    for (const part of [
      '--port must be a whole number from 0 to 65535',
      '--prot is no flag',
      '--host needs a value',
      'HUSHROOM_COLOR is no setting',
      'HUSHROOM_GRACE_SECONDS must be',
      'burst in',
      'colour in',
      '"chat.example" is no origin',
    ])
      expect(said).toContain(part);
  });

  it('that are no more are refused with what took their place, however they were given', () => {
    const path = file('{ "trustProxy": true }');
    for (const said of [
      complaint(() => readConfig(['--trust-proxy'], {})),
      complaint(() => readConfig([], { HUSHROOM_TRUST_PROXY: 'yes' })),
      complaint(() => readConfig([`--config=${path}`], {})),
    ])
      expect(said).toMatch(/trust.?proxy.* any more: say in proxies/i);
  });

  it('that contradict each other are refused', () => {
    expect(complaint(() => configOf({ tlsCert: 'a.pem' }))).toContain('tlsCert and tlsKey');
    expect(complaint(() => configOf({ turnUrls: 'turn:a' }))).toContain('turnSecret');
    const cluster = 'redis://127.0.0.1:6379';
    expect(complaint(() => configOf({ cluster, listing: false }))).toContain('clusterSecret');
    expect(complaint(() => configOf({ cluster, clusterSecret: 'of sixteen letters' }))).toContain('listing: no');
    expect(complaint(() => configOf({ cluster: 'http://127.0.0.1' }))).toContain('must be like redis://');
    expect(complaint(() => configOf({ consoleProxies: '10.0.0.0/33' }))).toContain('no address and no range');
    expect(complaint(() => configOf({ workBits: 20, workBitsMax: 10 }))).toContain('workBitsMax');
    expect(complaint(() => readConfig([], { HUSHROOM_CONFIG: '/nowhere/relay.json' }))).toContain('/nowhere/relay.json');
    expect(complaint(() => readConfig([], { HUSHROOM_CONFIG: file('[]') }))).toContain('cannot be read');
  });

  it('take bridges as they are pasted, and refuse what would be another line of torrc', () => {
    const obfs4 = 'obfs4 192.0.2.1:443 0123456789ABCDEF0123456789ABCDEF01234567 cert=abc/+ iat-mode=0';
    const transports = 'obfs4=/usr/bin/obfs4proxy';
    expect(configOf({ bridges: `Bridge ${obfs4}, [2001:db8::1]:443`, transports }).bridges).toEqual([obfs4, '[2001:db8::1]:443']);
    expect(complaint(() => configOf({ bridges: obfs4 }))).toContain('transports must say where the program for bridge 1 is');
    const snowflake =
      'snowflake 192.0.2.3:80 0123456789ABCDEF0123456789ABCDEF01234567 url=https://broker.example/ fronts=a.example,b.example ice=stun:192.0.2.4:3478,stun:c.example:3478';
    const webtunnel = 'webtunnel [2001:db8::2]:443 0123456789ABCDEF0123456789ABCDEF01234567 url=https://site.example/path ver=0.0.1';
    const all = `${transports}, snowflake=/usr/bin/snowflake-client -log /tmp/a,b, webtunnel=/usr/bin/webtunnel-client`;
    const several = configOf({ bridges: `Bridge ${snowflake}, bridge ${webtunnel},${obfs4}\n192.0.2.9:443`, transports: all });
    expect(several.bridges).toEqual([snowflake, webtunnel, obfs4, '192.0.2.9:443']);
    expect(several.transports).toEqual([
      transports,
      'snowflake=/usr/bin/snowflake-client -log /tmp/a,b',
      'webtunnel=/usr/bin/webtunnel-client',
    ]);
    for (const bridge of [`${obfs4}\nSocksPort 0.0.0.0:1`, 'obfs4', 'what ever'])
      expect(complaint(() => configOf({ bridges: [bridge], transports }))).toContain('must be like "obfs4');
    for (const wrong of ['obfs4', 'obfs4=proxy', 'obfs4=/bin/x\nUser root'])
      expect(complaint(() => configOf({ transports: [wrong] }))).toContain('must be like obfs4=');
    for (const place of ['9051', '127.0.0.1:9051', '[::1]:9051', 'unix:/run/tor/control', '/run/tor/control'])
      expect(configOf({ torControl: place }).torControl).toBe(place);
    for (const place of ['tor', '0', '99999', 'a b:9051']) expect(complaint(() => configOf({ torControl: place }))).toContain('torControl');
  });

  it('keep an onion in a folder of their own where none is named', () => {
    expect(configOf({ onion: true }).dataDir).toMatch(/\/hushroom$/);
    expect(configOf({ onionEphemeral: true }).dataDir).toBe('');
    expect(configOf({ onion: true, dataDir: '/x' }).dataDir).toBe('/x');
    expect(complaint(() => configOf({ onion: true, onionEphemeral: true }))).toContain('exclude each other');
  });

  it('never repeat a secret in a complaint', () => {
    expect(complaint(() => readConfig(['--port=x'], { HUSHROOM_TURN_SECRET: 'hunter2' }))).not.toContain('hunter2');
    const address = '192.0.2.77:443';
    const mistakes: readonly [string, () => unknown][] = [
      ['HUSHROOM_BRIDGES 2 must be like', () => readConfig([], { HUSHROOM_BRIDGES: `192.0.2.1:9\nobfs4 hunter2 ${address}` })],
      ['the program for bridge 1 is', () => configOf({ bridges: `hunter2 ${address}` })],
      ['--bridge is no flag', () => readConfig([`--bridge=hunter2 ${address}`], {})],
      ['word 3 of the command is no flag', () => readConfig(['--bridges', 'obfs4', address], {})],
      ['it is not JSON', () => readConfig([], { HUSHROOM_CONFIG: file(`{ "bridges": hunter2 ${address} }`) })],
    ];
    for (const [said, mistake] of mistakes) {
      expect(complaint(mistake)).toContain(said);
      expect(complaint(mistake)).not.toMatch(/hunter2|192\.0\.2\.77/);
    }
  });

  it('may not be looser than the protocol', () => {
    expect(complaint(() => configOf({ roomMembers: 65 }))).toContain('roomMembers');
  });

  it('are all in --help, with both names and a sentence', () => {
    const text = help();
    for (const name of settingNames) expect(text).toContain(`${flagOf(name)}, ${variableOf(name)}`);
    expect(text).toContain('(8080)');
  });
});
