/** A picture that is drawn over itself in a terminal. */
export class LivePicture {
  #lines = 0;

  /** Replaces what was drawn before. */
  draw(text: string): void {
    const lines = text.split('\n');
    const width = process.stdout.columns ?? 100;
    const back = this.#lines > 0 ? `\u001b[${this.#lines}A\u001b[J` : '';
    process.stdout.write(`${back}${lines.map((line) => clipped(line, width)).join('\n')}\n`);
    this.#lines = lines.length;
  }

  /** Leaves what was drawn last and begins anew below it. */
  keep(): void {
    this.#lines = 0;
  }
}

/** Cuts a line to the terminal's width, colour codes not counted. */
export const clipped = (line: string, width: number): string => {
  let seen = 0;
  let cut = '';
  for (const part of line.split(ANSI)) {
    if (ANSI_WHOLE.test(part)) {
      cut += part;
      continue;
    }
    const room = Math.max(0, width - 1 - seen);
    cut += [...part].slice(0, room).join('');
    seen += [...part].length;
  }
  return cut;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are terminal codes
const ANSI = /(\u001b\[[0-9;]*m)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are terminal codes
const ANSI_WHOLE = /^\u001b\[[0-9;]*m$/;
