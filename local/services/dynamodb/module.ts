/*
 * Amazon DynamoDB. Imitated: items, keys and indexes; condition, update, projection, key and filter expressions with
 * DynamoDB's wording of errors; transactions with cancellation reasons and request tokens; paging; TTL; streams (to
 * listeners in this process); global tables, eventually consistent with the last writer winning, or strongly consistent.
 *
 * Not imitated: capacity and throttling (reads and writes always fit); PartiQL; backups and restores; the legacy
 * parameters that expressions replaced; UpdateTable (CloudFormation updates work); keys of more than two attributes.
 * Secondary indexes are up to date at once, where DynamoDB's global ones lag behind; so are counts in DescribeTable.
 */
import type { ServiceModule } from '../service.ts';
import { createDynamodb, type DynamodbService } from './dynamodb-service.ts';
import { globalTableResource } from './global-table-resource.ts';
import { tableResource } from './table-resources.ts';

export type { DynamodbService } from './dynamodb-service.ts';

/** DynamoDB for the local cloud. */
export const dynamodbModule: ServiceModule<DynamodbService> = {
  name: 'dynamodb',
  create: createDynamodb,
  resources: {
    'AWS::DynamoDB::Table': tableResource,
    'AWS::DynamoDB::GlobalTable': globalTableResource,
  },
};
