/** Colors that differ in lightness too, so that they are told apart in grey. */
export const PALETTE = ['#0b6e4f', '#c1440e', '#7b4fa3', '#2f6fb3', '#8a8a8a'] as const;

const FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"';

/** A number with no more digits than a picture shows. */
export const at = (value: number): string => String(Number(value.toFixed(1)));

/** A picture with a title and a white ground, which it needs on a dark page. */
export const picture = (
  { width, height, title }: { width: number; height: number; title: string },
  parts: readonly string[],
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" ${FONT}>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text({ x: 24, y: 32, size: 16, weight: 600 }, title),
    ...parts,
    '</svg>',
    '',
  ].join('\n');

/** Where a text stands and how it looks. */
export interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly turn?: number;
}

/** A line of text. */
export const text = (
  { x, y, size = 12, weight = 400, anchor = 'start', fill = '#1f2328', turn }: TextStyle,
  words: string,
): string =>
  `<text x="${at(x)}" y="${at(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${fill}"${turn === undefined ? '' : ` transform="rotate(${turn} ${at(x)} ${at(y)})"`}>${escaped(words)}</text>`;

/** Two ends of a line. */
export interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** A straight line. */
export const line = (
  { x1, y1, x2, y2 }: Ends,
  { stroke = '#d8dee4', width = 1, dash = '' } = {},
): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}" stroke-width="${width}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`;

/** A line through points. */
export const path = (
  points: readonly (readonly [number, number])[],
  { stroke, width = 2 }: { stroke: string; width?: number },
): string =>
  `<polyline fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round" points="${points.map(([x, y]) => `${at(x)},${at(y)}`).join(' ')}"/>`;

/** A dot; hollow where what it stands for did not happen. */
export const dot = (
  x: number,
  y: number,
  { fill, hollow = false }: { fill: string; hollow?: boolean },
): string =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="4.5" fill="${hollow ? '#ffffff' : fill}" stroke="${fill}" stroke-width="1.5"/>`;

const escaped = (words: string): string =>
  words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
