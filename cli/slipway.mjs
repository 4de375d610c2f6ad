#!/usr/bin/env node
// Slipway's code is TypeScript that Node runs as it is, which takes Node 24; `npx` finds the one that the install brought.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `slipway needs Node 24 or newer, this is ${process.versions.node}\n  run it as "npx slipway": the install brings its own Node on Linux; elsewhere install Node 24\n`,
  );
  process.exit(1);
}
await import('./slipway.ts');
