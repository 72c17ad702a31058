/**
 * What an operator does to a host: install, update, remove, back up, restore, the firewall, the image. On a bare Debian of its own
 * and in a network of its own; no container engine is needed, since the Dockerfile's steps are carried out one by one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { DebianRoot } from './debian-root.ts';
import { expect, test } from './fixtures.ts';
import { Namespace } from './namespace.ts';
import { checkout } from './places.ts';
import { Program } from './process.ts';

test.describe.configure({ timeout: 240_000 });

const program = '/usr/bin/hushroom-relay';
const started: { end(signal?: NodeJS.Signals): Promise<void> }[] = [];
const roots: DebianRoot[] = [];
test.afterEach(async () => {
  for (const one of started.splice(0)) await one.end();
  for (const root of roots.splice(0)) await root.close();
});

async function bareDebian(): Promise<DebianRoot> {
  const root = await DebianRoot.open();
  roots.push(root);
  return root;
}

/** As the service's ExecStart, by the service's user, and nothing of the environment but what the unit gives. */
async function startInstalled(root: DebianRoot): Promise<Program> {
  const unit = root.inside(['cat', '/etc/systemd/system/hushroom.service']).output;
  const command = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(' ');
  const variables = /^Environment=(.*)$/m.exec(unit)![1]!.split(' ');
  const user = /^User=(.*)$/m.exec(unit)![1]!;
  const asUser = ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', '--no-new-privs'];
  const relay = new Program('chroot', [root.path, ...asUser, 'env', '-i', ...variables, ...command], { entry: root.entry });
  started.push(relay);
  await relay.says(/"listening"/);
  return relay;
}

const fetchInside = (root: DebianRoot, path: string) =>
  root.inside([
    '/usr/lib/hushroom/node',
    '-e',
    `fetch('http://127.0.0.1:8080${path}').then(async (r) => console.log(r.status, await r.text()))`,
  ]).output;

const install = (root: DebianRoot) =>
  root.run([checkout('relay/deploy/install.sh')], { DESTDIR: root.path, PATH: `${process.env['PATH']}` });

test('install.sh makes a relay that its service can run and cannot change; running it again updates; uninstall.sh removes it', async () => {
  const root = await bareDebian();
  expect(install(root)).toEqual({ code: 0, output: 'Installed. Nothing was started: there is no systemd here.\n' });
  const relay = await startInstalled(root);
  expect(fetchInside(root, '/healthz')).toContain('200 ok');
  expect(fetchInside(root, '/')).toContain('<title>Hushroom');
  await relay.end('SIGTERM');

  const asRelay = ['setpriv', '--reuid', 'hushroom', '--regid', 'hushroom', '--clear-groups'];
  for (const file of ['/usr/lib/hushroom/relay/main.js', '/usr/lib/hushroom/web/index.html', '/etc/hushroom/relay.json'])
    expect(root.inside([...asRelay, 'sh', '-c', `echo x >>${file}`]).code, file).not.toBe(0);
  expect(root.inside(['stat', '-c', '%a %U', '/var/lib/hushroom', '/etc/hushroom/relay.json']).output).toBe('700 hushroom\n640 root\n');

  root.inside(['sh', '-c', `echo '{"port": 8080, "roomMembers": 5}' >/etc/hushroom/relay.json; touch /usr/lib/hushroom/left-over`]);
  expect(install(root).code).toBe(0);
  expect(root.inside(['cat', '/etc/hushroom/relay.json']).output).toContain('"roomMembers": 5');
  expect(root.inside(['ls', '/usr/lib/hushroom']).output).not.toContain('left-over');
  await (await startInstalled(root)).end('SIGTERM');

  const remove = (...args: string[]) => root.run([checkout('relay/deploy/uninstall.sh'), ...args], { DESTDIR: root.path });
  expect(remove().output).toContain('Nothing was removed');
  expect(remove('--keep-data').output).toContain('are still in');
  expect(root.inside(['ls', '/etc/hushroom']).output).toBe('relay.json\n');
  expect(root.inside(['ls', program]).code).not.toBe(0);
  expect(remove('--yes').output).toContain('Removed.');
  expect(root.inside(['sh', '-c', 'ls -d /etc/hushroom /var/lib/hushroom; getent passwd hushroom']).output).not.toContain('x:');
});

test('keys and settings come back from an encrypted backup on another host', async () => {
  const [old, young] = [await bareDebian(), await bareDebian()];
  for (const root of [old, young]) expect(install(root).code).toBe(0);
  old.inside(['sh', '-c', 'echo secret-of-the-onion >/var/lib/hushroom/key; echo "a long passphrase" >/root/passphrase']);
  const made = old.inside([program, 'backup', '--to', '/root/backups', '--passphrase-file', '/root/passphrase']);
  expect(made.output).toMatch(/^Made \/root\/backups\/hushroom-\S+\.backup/);
  const file = /\/root\/backups\/\S+\.backup/.exec(made.output)![0];
  const bytes = old.inside(['base64', file]).output;
  expect(Buffer.from(bytes, 'base64').includes('secret-of-the-onion')).toBe(false);

  young.inside(
    ['sh', '-c', 'base64 -d >/root/old.backup; echo "a long passphrase" >/root/passphrase; echo "some other words" >/root/wrong'],
    {},
    bytes,
  );
  const wrong = young.inside([program, 'restore', '/root/old.backup', '--passphrase-file', '/root/wrong']);
  expect(wrong).toEqual({ code: 1, output: 'hushroom: the passphrase is wrong, or the file is damaged\n' });
  expect(young.inside([program, 'restore', '/root/old.backup', '--passphrase-file', '/root/passphrase']).output).toContain(
    'Restored 1 files',
  );
  expect(young.inside(['cat', '/var/lib/hushroom/key']).output).toBe('secret-of-the-onion\n');
});

test.describe('the firewall', () => {
  const main = checkout('dist/relay/main.js');
  const hosts: Namespace[] = [];
  const host = async (): Promise<Namespace> => {
    const opened = await Namespace.open();
    hosts.push(opened);
    return opened;
  };
  test.afterEach(async () => {
    for (const one of hosts.splice(0)) await one.close();
  });

  /** Runs `firewall VERB` to its end; `answer` is what is typed. */
  function firewall(on: Namespace, verb: string, settings: Record<string, string>, answer = ''): { code: number | null; output: string } {
    const [file, ...rest] = [...on.entry, process.execPath, main, 'firewall', verb];
    const { status, stdout, stderr } = spawnSync(file!, rest, { encoding: 'utf8', input: answer, env: { ...process.env, ...settings } });
    return { code: status, output: `${stdout}${stderr}` };
  }

  const settings = { HUSHROOM_PORT: '8443' };

  test('shows the difference, keeps confirmed rules, and leaves other tables alone', async () => {
    const one = await host();
    one.run('nft', 'add', 'table', 'inet', 'mine');
    expect(firewall(one, 'show', settings).output).toContain('+ \t\ttcp dport 8443');
    expect(firewall(one, 'apply', settings, 'yes\n').output).toContain('Kept');
    expect(one.run('nft', 'list', 'ruleset')).toContain('tcp dport 8443 ct state new');
    expect(firewall(one, 'show', settings)).toEqual({ code: 0, output: 'The rules in force are these settings’ rules.\n' });
    expect(firewall(one, 'remove', settings).code).toBe(0);
    expect(one.run('nft', 'list', 'ruleset')).toBe('table inet mine {\n}\n');
  });

  test('puts back what was there when nobody confirms or the terminal goes away', async () => {
    const one = await host();
    firewall(one, 'apply', settings, 'yes\n');
    const before = one.run('nft', 'list', 'ruleset');
    for (const answer of ['no\n', '']) {
      expect(firewall(one, 'apply', { HUSHROOM_PORT: '9443' }, answer)).toMatchObject({ code: 3 });
      expect(one.run('nft', 'list', 'ruleset')).toBe(before);
    }
    const [file, ...rest] = [...one.entry, process.execPath, main, 'firewall', 'apply'];
    const applying = spawn(file!, rest, { env: { ...process.env, HUSHROOM_PORT: '9443' }, stdio: ['pipe', 'pipe', 'inherit'] });
    await once(applying.stdout, 'data');
    await expect.poll(() => one.run('nft', 'list', 'ruleset')).toContain('9443');
    applying.kill('SIGHUP');
    expect(await once(applying, 'close')).toEqual([3, null]);
    expect(one.run('nft', 'list', 'ruleset')).toBe(before);
  });

  test('drops who connects too fast, lets others in, and closes inner ports', async () => {
    const [relay, outside] = [await host(), await host()];
    outside.run('ip', 'link', 'add', 'out', 'type', 'veth', 'peer', 'name', 'in', 'netns', String(relay.pid));
    for (const [where, link, addresses] of [
      [relay, 'in', ['10.9.0.1/24']],
      [outside, 'out', ['10.9.0.2/24', '10.9.0.3/24']],
    ] as const) {
      for (const address of addresses) where.run('ip', 'addr', 'add', address, 'dev', link);
      where.run('ip', 'link', 'set', link, 'up');
    }
    const listen = `for (const port of [443, 8443]) require('net').createServer((s) => s.on('error', () => {})).listen(port, '0.0.0.0', () => console.log('listening ' + port))`;
    const listener = new Program(process.execPath, ['-e', listen], { entry: relay.entry });
    started.push(listener);
    for (const port of [443, 8443]) await listener.says(new RegExp(`listening ${port}$`));
    const behindProxy = {
      ...settings,
      HUSHROOM_ORIGINS: 'https://chat.example.org',
      HUSHROOM_PROXIES: 'loopback',
      HUSHROOM_CONNECTS_PER_SECOND_PER_ADDRESS: '1',
    };
    const connect = (from: string, port: number, times: number): number => {
      const dial = `let [ok, left] = [0, ${times}]; const done = () => --left || (console.log(String(ok)), process.exit());
        for (let i = 0; i < ${times}; i++) { const s = require('net').connect({ host: '10.9.0.1', port: ${port}, localAddress: '${from}', timeout: 900 });
          s.once('connect', () => { ok++; s.destroy(); }).once('timeout', () => s.destroy()).once('error', () => {}).once('close', done); }`;
      return Number(outside.run(process.execPath, '-e', dial));
    };
    expect(connect('10.9.0.2', 8443, 1)).toBe(1);
    expect(firewall(relay, 'apply', behindProxy, 'yes\n').output).toContain('Kept');
    const taken = connect('10.9.0.2', 443, 40);
    expect(taken).toBeGreaterThanOrEqual(20);
    expect(taken).toBeLessThan(30);
    expect(connect('10.9.0.3', 443, 5)).toBe(5);
    expect(connect('10.9.0.3', 8443, 1)).toBe(0);
  });
});

test.describe('the Dockerfile', () => {
  /** The values of an instruction in a stage. */
  type Steps = (word: string) => string[];

  function stage(name: string): Steps {
    const lines = readFileSync(checkout('Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
    const after = lines.slice(lines.findIndex((line) => line.startsWith('FROM ') && line.endsWith(` AS ${name}`)) + 1);
    const next = after.findIndex((line) => line.startsWith('FROM '));
    return (word) =>
      after
        .slice(0, next)
        .filter((line) => line.startsWith(`${word} `))
        .map((line) => line.slice(word.length + 1).trim());
  }

  /** Carries out the stage `plain` and, on top of it, another; resolves to how a container of it is started on a root that is read-only. */
  function make(root: DebianRoot, further?: Steps): { plain: Steps; asContainer: string[]; uid: string } {
    const plain = stage('plain');
    // The build stage is what `npm run build` has done here; the next stage takes from it what it names.
    for (const copy of plain('COPY')) {
      const [from, source, target] = copy.split(/\s+/) as [string, string, string];
      expect(from).toBe('--from=build');
      const built = source.startsWith('/build/') ? checkout(source.slice('/build/'.length)) : process.execPath;
      root.run(['sh', '-c', `mkdir -p "$(dirname ${root.path}${target})" && cp -r ${built} ${root.path}${target}`]);
    }
    for (const step of [...plain('RUN'), ...(further?.('RUN') ?? [])])
      expect(root.inside(['sh', '-ec', step]), step).toMatchObject({ code: 0 });
    const env = plain('ENV').flatMap((line) => line.split(/\s+/));
    const [uid, gid] = (further ?? plain)('USER').at(-1)!.split(':') as [string, string];
    expect(Number(uid)).toBeGreaterThan(0);
    // Docker gives a new volume the owner and the rights of the folder that it covers.
    for (const volume of plain('VOLUME')) {
      const [mode, owner] = root.inside(['stat', '-c', '%a %u', volume]).output.trim().split(' ');
      root.run(['mount', '-t', 'tmpfs', '-o', `mode=${mode},uid=${owner}`, 'tmpfs', `${root.path}${volume}`]);
    }
    root.run(['mount', '-o', 'remount,ro', root.path]);
    const asNobody = ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
    return { plain, uid, asContainer: [...asNobody, 'env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', ...env] };
  }

  test('makes an image whose relay runs as nobody on a root that it cannot write, and says that it has no tor', async () => {
    const root = await bareDebian();
    const { plain, asContainer } = make(root);
    expect(root.inside(['sh', '-c', 'find / -xdev -name node_modules -o -xdev -name npm']).output).toBe('');
    const command = JSON.parse(plain('CMD')[0]!) as string[];
    const relay = new Program('chroot', [root.path, ...asContainer, 'HUSHROOM_CONSOLE=yes', ...command], { entry: root.entry });
    started.push(relay);
    await relay.says(/"event":"console"/);
    const check = JSON.parse(/CMD (\[.*\])/.exec(plain('HEALTHCHECK')[0]!)![1]!) as string[];
    const healthy = () => root.inside([...asContainer, ...check]).code;
    expect(healthy()).toBe(0);
    const page = (port: number) => `fetch('http://127.0.0.1:${port}/').then(async (r) => console.log(r.status, await r.text()))`;
    for (const [port, title] of [
      [8080, '<title>Hushroom</title>'],
      [8081, '<title>Hushroom relay</title>'],
    ] as const)
      expect(root.inside([...asContainer, 'node', '-e', page(port)]).output, `${port}`).toContain(title);
    expect(root.inside([...asContainer, 'sh', '-c', 'echo x >/hushroom/relay/main.js']).output).toContain('Read-only file system');
    await relay.end('SIGTERM');
    expect(healthy()).toBe(1);
    const withoutTor = root.inside([...asContainer, ...command, '--onion']);
    expect(withoutTor.code).toBe(1);
    expect(withoutTor.output).toMatch(/^hushroom: no-tor: the program tor could not be started; .*the image: its target `with-tor` has it/);
  });

  test('makes another with tor, which starts it on such a root too', async () => {
    const root = await bareDebian();
    const { plain, asContainer, uid } = make(root, stage('with-tor'));
    const command = JSON.parse(plain('CMD')[0]!) as string[];
    const relay = new Program('chroot', [root.path, ...asContainer, 'HUSHROOM_ONION=yes', ...command], { entry: root.entry });
    started.push(relay);
    // There is no Tor network here: that it is looked for shows that tor runs.
    await relay.says(/"tor-bootstrap"/);
    expect(relay.lines.join('\n')).not.toContain('tor-trouble');
    expect(root.inside(['stat', '-c', '%a %u', '/var/lib/hushroom/tor/onion/hs_ed25519_secret_key']).output).toBe(`600 ${uid}\n`);
    expect(root.inside([...asContainer, 'obfs4proxy', '--version']).code).toBe(0);
    await relay.end('SIGTERM');
  });
});
