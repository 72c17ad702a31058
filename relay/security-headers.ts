/**
 * What the page may do in a browser, told with every answer. Whatever gets into the page by mistake finds nothing to run with:
 * no inline script or style, no text turned into HTML or script except by the two named policies (Svelte's own for its static
 * templates; the page's, which lets only addresses of its own origin become workers), no connection but to this relay and the fellows that
 * its operator has named, no frame, no form.
 *
 * `connect-src 'self'` covers WebSockets in today's engines, but not in older Firefox and WebKit: the relay's
 * own socket addresses are spelled out beside it.
 */
const policy = (sockets: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    'media-src blob:',
    `connect-src ${["'self'", ...sockets].join(' ')}`,
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html hushroom',
  ].join('; ');

const switchedOff = ['accelerometer', 'geolocation', 'gyroscope', 'magnetometer', 'midi', 'payment', 'usb'];
const wanted = ['camera', 'microphone', 'display-capture'];

const always = {
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // The camera scans invites, the microphone records voice notes, and calls want both and the screen; in this page only, and when the
  // person wants it.
  'Permissions-Policy': [...switchedOff.map((feature) => `${feature}=()`), ...wanted.map((feature) => `${feature}=(self)`)].join(', '),
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
} as const;

const isOnion = (origin: string): boolean => origin.endsWith('.onion');

export type Headers = Readonly<Record<string, string>>;

/**
 * The headers for a page that was asked for under one of `origins` of this relay; none where the name is not the relay's. A page
 * that came over Tor stays there: of the fellows it may reach only onions.
 */
export function securityHeaders(origins: readonly string[], fellows: readonly string[] = []): Headers {
  const isTls = origins.some((origin) => origin.startsWith('https:'));
  const reached = origins.some(isOnion) ? fellows.filter(isOnion) : fellows;
  return {
    ...always,
    'Content-Security-Policy': policy([...origins, ...reached].map((origin) => origin.replace(/^http/, 'ws'))),
    ...(isTls ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  };
}
