import { writeFileSync } from 'node:fs';
import { configurationPage, PAGE } from './world/configuration-page.ts';

// Writes the page that names every key of `slipway.config.ts`; test/config/page.test.ts holds it to the schema.
writeFileSync(PAGE, configurationPage());
