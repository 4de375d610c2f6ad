/** Compiles a wildcard text; throws an `Error` with EventBridge's reason. */
export const compileWildcard = (text: string): ((value: string) => boolean) => {
  // Positions count from the opening quote, which belongs to the value that is matched.
  let source = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '*') {
      if (text[index + 1] === '*') {
        throw new Error(`Consecutive wildcard characters at pos ${index + 1}`);
      }
      source += '.*';
    } else if (character === '\\') {
      const escaped = text[index + 1];
      if (escaped !== '*' && escaped !== '\\') {
        throw new Error(`Invalid escape character at pos ${index + 1}`);
      }
      source += `\\${escaped}`;
      index += 1;
    } else {
      source += character.replace(/[.+?^${}()|[\]]/, '\\$&');
    }
  }
  const pattern = new RegExp(`^${source}$`, 's');
  return (value) => pattern.test(value);
};
