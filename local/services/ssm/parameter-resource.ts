import type { ResourceContext, ResourceProvider } from '../service.ts';
import type { ParameterStore } from './parameter-store.ts';

interface Properties {
  readonly Name?: string;
  readonly Type: string;
  readonly Value: string;
  readonly DataType?: string;
}

const store = (context: ResourceContext): ParameterStore =>
  context.cloud.service<ParameterStore>('ssm', context);

const attributes = ({ Type, Value }: Properties) => ({ Type, Value });

/** `AWS::SSM::Parameter`: its name and type replace it. */
export const parameterResource: ResourceProvider = {
  create: (properties: Properties, context) => {
    const name = properties.Name ?? `CFN-${context.logicalId}-${context.cloud.token(12)}`;
    store(context).put({ ...properties, Name: name, Overwrite: false });
    return { physicalId: name, attributes: attributes(properties) };
  },
  update: (properties: Properties, previous, context) => {
    const before: Properties = previous.properties;
    if (properties.Name !== before.Name || properties.Type !== before.Type) {
      return parameterResource.create(properties, context);
    }
    store(context).put({ ...properties, Name: previous.physicalId, Overwrite: true });
    return { physicalId: previous.physicalId, attributes: attributes(properties) };
  },
  remove: (previous, context) => {
    store(context).remove(previous.physicalId);
  },
};
