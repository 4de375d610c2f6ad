import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentOptions, parseAllDocuments, type SchemaOptions } from 'yaml';
import type { Problem } from '../problem.ts';
import { fieldsOf, itemsOf, textAt } from './fields.ts';

/** One object of a folder, before anything of it is believed. */
export interface Found {
  /** `k8s/checkout/app.yaml, document 2` */
  readonly place: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Folder {
  readonly found: readonly Found[];
  readonly problems: readonly Problem[];
}

/** Files that say that a folder is what manifests are rendered from, and how they are rendered. */
const UNRENDERED: readonly (readonly [RegExp, (folder: string) => string])[] = [
  [
    /^(kustomization\.ya?ml|Kustomization)$/,
    (folder) => `what "kubectl kustomize ${folder} > rendered/manifests.yaml" writes`,
  ],
  [
    /^Chart\.ya?ml$/,
    (folder) =>
      `what "helm template RELEASE ${folder} --no-hooks --skip-tests > rendered/manifests.yaml" writes`,
  ],
];

/**
 * YAML as the Kubernetes tools read it: 1.1, where `0644` is octal and `on` is true, but without its times and dates, which they
 * leave as text.
 */
const READING: DocumentOptions & SchemaOptions & { keepSourceTokens?: boolean } = {
  version: '1.1',
  customTags: (tags) =>
    tags.filter(
      (tag) =>
        typeof tag === 'string' ||
        (tag.format !== 'TIME' && tag.tag !== 'tag:yaml.org,2002:timestamp'),
    ),
};

/** Reads every YAML and JSON file of a folder, deep ones too, in the order of their paths. `named` is how it is called. */
export const readFolder = (folder: string, named: string): Folder => {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    const found = stat === undefined ? 'no such folder' : 'a file';
    return refused(named, found, 'a folder of rendered manifests (.yaml, .yml, .json)');
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replace(/^\/+/, ''))
    .sort();
  const unrendered = files.flatMap((file) =>
    UNRENDERED.flatMap(([pattern, render]) => {
      const name = file.split('/').at(-1) ?? '';
      const inside = join(named, file.slice(0, -name.length)).replace(/\/$/, '');
      return pattern.test(name)
        ? [
            {
              path: join(named, file),
              found: 'manifests not yet rendered',
              expected: render(inside),
            },
          ]
        : [];
    }),
  );
  if (unrendered.length > 0) return { found: [], problems: unrendered };
  const read = files
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .map((file) => readText(readFileSync(join(folder, file), 'utf8'), join(named, file)));
  const folders = {
    found: read.flatMap((one) => one.found),
    problems: read.flatMap((one) => one.problems),
  };
  if (read.length > 0) return folders;
  return refused(named, 'no .yaml, .yml or .json file', 'a folder of rendered manifests');
};

const refused = (path: string, found: string, expected: string): Folder => ({
  found: [],
  problems: [{ path, found, expected }],
});

const TEMPLATE = '; this is a template, which must be rendered first (helm template)';

/** The objects of one file's text; empty documents, as templates leave them, are none. */
const readText = (text: string, file: string): Folder => {
  const found: Found[] = [];
  const problems: Problem[] = [];
  const isTemplate = text.includes('{{');
  parseAllDocuments(text, READING).forEach((document, index) => {
    const place = `${file}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) {
      const [said = ''] = error.message.split('\n');
      problems.push({
        path: place,
        found: said.replace(/:$/, ''),
        expected: `YAML or JSON${isTemplate ? TEMPLATE : ''}`,
      });
      return;
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return;
    found.push(...objectsIn(value, place, problems, isTemplate ? TEMPLATE : ''));
  });
  return { found, problems };
};

/** An object itself, or the items of a list (`List`, `ConfigMapList`). */
const objectsIn = (value: unknown, place: string, problems: Problem[], hint: string): Found[] => {
  const fields = fieldsOf(value);
  const kind = textAt(fields, 'kind');
  if (kind?.endsWith('List') === true && Array.isArray(fields['items'])) {
    return itemsOf(fields['items']).flatMap((item, index) =>
      objectsIn(item, `${place}, item ${index + 1}`, problems, hint),
    );
  }
  const missing = ['apiVersion', 'kind'].filter((key) => textAt(fields, key) === undefined);
  if (missing.length === 0) return [{ place, value: fields }];
  const shown = JSON.stringify(value) ?? String(value);
  problems.push({
    path: place,
    found: shown.length > 60 ? `${shown.slice(0, 57)}…` : shown,
    expected: `a Kubernetes object; it has no ${missing.join(' and no ')}${hint}`,
  });
  return [];
};
