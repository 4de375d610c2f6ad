import type { FindingSeverity } from '@aws-sdk/client-ecr';
import type { Finding, Scanner } from './scan.ts';

/*
 * The stand-in for a vulnerability database: what an image says about itself in its labels. So a sample image that is
 * meant to be refused really carries its finding, and the same content gives the same result anywhere.
 *
 *   LABEL org.example.cve.CVE-2026-1234="CRITICAL;epss=0.7;package=openssl@3.0.1;fixed=3.0.2;exploit=yes"
 */

const PREFIX = 'org.example.cve.';
const SEVERITIES: readonly string[] = [
  'INFORMATIONAL',
  'LOW',
  'MEDIUM',
  'HIGH',
  'CRITICAL',
  'UNDEFINED',
];
/** The lowest CVSS base score of each severity, where a label gives none. */
const SCORES: Readonly<Record<string, number>> = {
  LOW: 0.1,
  MEDIUM: 4,
  HIGH: 7,
  CRITICAL: 9,
};

/** One label's finding. A severity that is none of ECR's counts as UNDEFINED: never as harmless. */
export const findingOfLabel = (name: string, value: string): Finding | undefined => {
  if (!name.startsWith(PREFIX)) return undefined;
  const id = name.slice(PREFIX.length);
  const [first = '', ...rest] = value.split(';').map((part) => part.trim());
  const details = new Map(
    rest.map((part): [string, string] => {
      const [key = '', ...text] = part.split('=');
      return [key, text.join('=')];
    }),
  );
  const word = first.toUpperCase();
  const severity = (SEVERITIES.includes(word) ? word : 'UNDEFINED') as FindingSeverity;
  const [packageName, version] = (details.get('package') ?? 'example@1.0.0').split('@');
  const fixed = details.get('fixed');
  const epss = Number(details.get('epss'));
  const score = Number(details.get('score') ?? SCORES[severity] ?? 0);
  return {
    id,
    severity,
    description: `${id} in ${packageName}`,
    uri: `https://nvd.nist.gov/vuln/detail/${id}`,
    package: { name: packageName ?? 'example', version: version ?? '1.0.0' },
    score,
    ...(fixed === undefined ? {} : { fixedInVersion: fixed }),
    ...(details.has('epss') && epss >= 0 && epss <= 1 ? { epss } : {}),
    ...(details.has('exploit') ? { exploitAvailable: details.get('exploit') === 'yes' } : {}),
  };
};

/** Finds what the image's labels say. */
export const labelScanner: Scanner = ({ config }) => {
  const labels = (config as { config?: { Labels?: Record<string, unknown> } } | undefined)?.config
    ?.Labels;
  return Object.entries(labels ?? {}).flatMap(([name, value]) => {
    const finding = findingOfLabel(name, String(value));
    return finding === undefined ? [] : [finding];
  });
};
