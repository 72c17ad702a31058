export interface Words {
  readonly title: string;
  readonly offline: string;
  readonly waiting: string;
  readonly notLive: string;
  readonly door: Record<'name' | 'password' | 'code' | 'codeHint' | 'signIn' | 'passkey' | 'heading', string>;
  readonly setup: Record<'heading' | 'why' | 'secret' | 'secretHint' | 'passwordHint' | 'make', string>;
  readonly places: Record<'overview' | 'tor' | 'settings' | 'alerts' | 'audit' | 'people' | 'api' | 'me', string>;
  readonly overview: Record<
    | 'rooms'
    | 'members'
    | 'sockets'
    | 'memory'
    | 'work'
    | 'since'
    | 'traffic'
    | 'paths'
    | 'messages'
    | 'bytesIn'
    | 'bytesOut'
    | 'onion'
    | 'clearnet'
    | 'gateways'
    | 'onward'
    | 'direct'
    | 'hour'
    | 'day'
    | 'span'
    | 'drops'
    | 'noDrops'
    | 'quiet'
    | 'gateway'
    | 'nothing',
    string
  >;
  readonly onion: Record<'reachable' | 'unreachable' | 'none' | 'coming', string>;
  readonly tor: Record<
    | 'none'
    | 'daemon'
    | 'state'
    | 'latency'
    | 'streams'
    | 'exit'
    | 'restarts'
    | 'scale'
    | 'set'
    | 'rotateAll'
    | 'rotate'
    | 'rotateKey'
    | 'key'
    | 'keyHint'
    | 'restart'
    | 'rotated',
    string
  >;
  readonly bridges: Record<
    | 'heading'
    | 'used'
    | 'unused'
    | 'list'
    | 'plain'
    | 'use'
    | 'useSet'
    | 'lines'
    | 'linesHint'
    | 'programs'
    | 'noPrograms'
    | 'replace'
    | 'replaced'
    | 'remove'
    | 'reset',
    string
  >;
  readonly bridgeUses: Record<'off' | 'when-needed' | 'always', string>;
  readonly bridgeReasons: Record<'none' | 'off' | 'not-needed' | 'always' | 'needed' | 'kept', string>;
  readonly states: Record<'stopped' | 'starting' | 'bootstrapping' | 'ready' | 'slow' | 'failing' | 'draining', string>;
  readonly settings: Record<'intro' | 'save' | 'reset' | 'changed' | 'saved' | 'secretSet', string>;
  readonly alerts: Record<
    | 'calm'
    | 'dismiss'
    | 'channels'
    | 'test'
    | 'tested'
    | 'add'
    | 'remove'
    | 'save'
    | 'saved'
    | 'mail'
    | 'telegram'
    | 'webhook'
    | 'throughTor'
    | 'inner'
    | 'ownerOnly',
    string
  >;
  readonly fields: Record<'host' | 'port' | 'user' | 'password' | 'from' | 'to' | 'token' | 'chat' | 'url' | 'secret', string>;
  readonly audit: Record<'number' | 'time' | 'who' | 'what' | 'outcome' | 'detail' | 'check' | 'whole' | 'broken' | 'exports', string>;
  readonly outcomes: Record<'done' | 'refused' | 'failed', string>;
  readonly people: Record<'accounts' | 'add' | 'remove' | 'role' | 'secondStep' | 'allowed' | 'allowedHint' | 'save' | 'saved', string>;
  readonly roles: Record<'owner' | 'operator' | 'viewer', string>;
  readonly api: Record<
    'tokens' | 'intro' | 'label' | 'scopes' | 'minutes' | 'source' | 'make' | 'made' | 'revoke' | 'revoked' | 'uses' | 'expires' | 'routes',
    string
  >;
  readonly me: Record<
    | 'signOut'
    | 'everywhere'
    | 'password'
    | 'current'
    | 'next'
    | 'change'
    | 'changed'
    | 'app'
    | 'appHint'
    | 'setUp'
    | 'confirm'
    | 'codes'
    | 'remove'
    | 'has'
    | 'passkeys'
    | 'passkeyHint'
    | 'label'
    | 'addPasskey'
    | 'removePasskey',
    string
  >;
}

export const en: Words = {
  title: 'Relay',
  offline: 'The relay does not answer.',
  waiting: 'Looking at the relay …',
  notLive: 'The connection to the relay is lost; these figures are from',
  door: {
    heading: 'Sign in',
    name: 'Name',
    password: 'Password',
    code: 'Code',
    codeHint: 'Six digits of your app, or a recovery code',
    signIn: 'Sign in',
    passkey: 'Sign in with a passkey',
  },
  setup: {
    heading: 'The first owner',
    why: 'This relay has nobody who may operate it yet. It printed a setup secret when it started.',
    secret: 'Setup secret',
    secretHint: 'Good for 15 minutes; restart the relay for another',
    passwordHint: '12 characters or more: several words that do not belong together',
    make: 'Make the owner',
  },
  places: {
    overview: 'Overview',
    tor: 'Tor',
    settings: 'Settings',
    alerts: 'Alerts',
    audit: 'Audit',
    people: 'People',
    api: 'API',
    me: 'My account',
  },
  overview: {
    rooms: 'Rooms',
    members: 'Members',
    sockets: 'Connections',
    memory: 'Memory',
    work: 'Work asked of joins',
    since: 'Running since',
    traffic: 'Messages a second',
    paths: 'Connections by path',
    messages: 'Messages',
    bytesIn: 'Received',
    bytesOut: 'Sent',
    onion: 'Over the onion',
    clearnet: 'Over the clearnet',
    gateways: 'Through gateways',
    onward: 'Taken on to others',
    direct:
      'By path are those who are connected to this relay. What two pages send each other directly passes by no relay, so nobody can count it: a room that goes quiet here may be talking.',
    hour: 'Last hour',
    day: 'Last day',
    span: 'Charts of',
    drops: 'Limits hit since the start',
    noDrops: 'No limit was hit.',
    quiet: 'Figures come every ten seconds.',
    gateway: 'Gateway',
    nothing: 'A relay sees counts. Rooms, names and messages never reach this page.',
  },
  onion: { reachable: 'reachable', unreachable: 'does not answer', none: 'no onion service', coming: 'is being published' },
  tor: {
    none: 'This relay runs without Tor.',
    daemon: 'Daemon',
    state: 'State',
    latency: 'Latency',
    streams: 'Streams',
    exit: 'Exit',
    restarts: 'Restarts',
    scale: 'Daemons',
    set: 'Set',
    rotateAll: 'New circuits for all',
    rotate: 'New circuits',
    rotateKey: 'New circuits to one relay',
    key: 'Onion',
    keyHint: 'The 56 letters of the relay, with .onion',
    restart: 'Restart',
    rotated: 'It takes effect in',
  },
  bridges: {
    heading: 'Bridges',
    used: 'in use',
    unused: 'not in use',
    list: 'Bridges of this relay',
    plain: 'no transport',
    use: 'When they are used',
    useSet: 'Changed.',
    lines: 'New list',
    linesHint:
      'One line each, as bridges.torproject.org gives them. It takes the place of the list that is there. Lines are shown to nobody again.',
    programs: 'There are programs for',
    noPrograms: 'There is no program for a transport: see “transports” in the operating guide.',
    replace: 'Replace the list',
    replaced: 'The list is changed.',
    remove: 'Remove all',
    reset: 'Back to the settings of the start',
  },
  bridgeUses: { 'when-needed': 'When Tor does not get on without', always: 'Always', off: 'Never' },
  bridgeReasons: {
    none: 'There are none.',
    off: 'They are switched off.',
    'not-needed': 'Tor is to get on without them.',
    always: 'They are always to be used.',
    needed: 'Tor did not get on without them.',
    kept: 'They carry the relay, and are kept until it starts again.',
  },
  states: {
    stopped: 'stopped',
    starting: 'starting',
    bootstrapping: 'connecting',
    ready: 'ready',
    slow: 'slow',
    failing: 'failing',
    draining: 'draining',
  },
  settings: {
    intro: 'These hold from the next use on. The others are read at the start: see the operating guide.',
    save: 'Save',
    reset: 'Reset',
    changed: 'changed here',
    saved: 'Saved.',
    secretSet: 'A secret is set and shown to nobody',
  },
  alerts: {
    calm: 'Nothing is wrong.',
    dismiss: 'Put away',
    channels: 'How you are told',
    test: 'Send a test',
    tested: 'The test was taken.',
    add: 'Add',
    remove: 'Remove',
    save: 'Save channels',
    saved: 'Saved.',
    mail: 'Mail',
    telegram: 'Telegram',
    webhook: 'Webhook',
    throughTor: 'Only through Tor',
    inner: 'May be in this network',
    ownerOnly: 'Only an owner changes these.',
  },
  fields: {
    host: 'Server',
    port: 'Port',
    user: 'User',
    password: 'Password',
    from: 'From',
    to: 'To',
    token: 'Token of the bot',
    chat: 'Chat',
    url: 'Address',
    secret: 'Secret for the signature',
  },
  audit: {
    number: 'No.',
    time: 'Time',
    who: 'Who',
    what: 'What',
    outcome: 'Outcome',
    detail: 'Values',
    check: 'Check the chain',
    whole: 'Whole. Entries:',
    broken: 'Not whole, from entry',
    exports: 'Export',
  },
  outcomes: { done: 'done', refused: 'refused', failed: 'failed' },
  people: {
    accounts: 'Accounts',
    add: 'Add an account',
    remove: 'Remove',
    role: 'Role',
    secondStep: 'second step',
    allowed: 'Addresses that may open this console',
    allowedHint: 'One address or range a line; empty: every address that can reach it',
    save: 'Save addresses',
    saved: 'Saved.',
  },
  roles: { owner: 'Owner', operator: 'Operator', viewer: 'Viewer' },
  api: {
    tokens: 'Tokens',
    intro: 'A program sends a token as “Authorization: Bearer …”. Its text is shown once.',
    label: 'What it is for',
    scopes: 'What it may',
    minutes: 'Minutes',
    source: 'Only from (address or range)',
    make: 'Make a token',
    made: 'Copy it now; it is not shown again:',
    revoke: 'Revoke',
    revoked: 'revoked',
    uses: 'uses',
    expires: 'until',
    routes: 'Routes',
  },
  me: {
    signOut: 'Sign out',
    everywhere: 'Sign out everywhere',
    password: 'Password',
    current: 'Current password',
    next: 'New password',
    change: 'Change password',
    changed: 'Changed. Other sessions have ended.',
    app: 'Second step by an app',
    appHint: 'Type this secret into an authenticator app, then a code of it and your password.',
    setUp: 'Set up an app',
    confirm: 'Confirm',
    codes: 'Recovery codes, each good once. Write them down; they are not shown again:',
    remove: 'Remove the app',
    has: 'An app is set up. Recovery codes left:',
    passkeys: 'Passkeys',
    passkeyHint: 'A key of this device or a security key; it signs in without password and code.',
    label: 'Its name',
    addPasskey: 'Add a passkey',
    removePasskey: 'Remove',
  },
};
