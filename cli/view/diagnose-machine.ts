import { diagnose as diagnoseDefinition } from '../../local/states/validation.ts';

/** What is wrong with a state machine's file, by the rules that Step Functions has when it is created. */
export const diagnose = (text: string): { problems: string[]; states: number } => {
  let definition: { States?: object };
  try {
    definition = JSON.parse(text) as { States?: object };
  } catch (error) {
    return { problems: [`not JSON: ${(error as Error).message}`], states: 0 };
  }
  const filled = text.replace(/\$\{(\w+)\}/g, (_whole, name: string) =>
    name.endsWith('Fn')
      ? `arn:aws:lambda:eu-west-1:000000000000:function:${name}:1`
      : `arn:aws:states:eu-west-1:000000000000:stateMachine:${name}:live`,
  );
  const problems = diagnoseDefinition(filled).map(
    ({ severity, code, message, location }) =>
      `${severity} ${code}${location ? ` at ${location}` : ''}: ${message}`,
  );
  return { problems, states: Object.keys(definition.States ?? {}).length };
};
