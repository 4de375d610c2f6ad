/** A picture that is drawn over itself in a terminal. */
export class LivePicture {
  #lines = 0;

  get columns(): number {
    return process.stdout.columns || 80;
  }

  get rows(): number {
    return process.stdout.rows || 24;
  }

  /** Replaces what was drawn before; what does not fit is left out. */
  draw(lines: readonly string[]): void {
    const fitting = lines.slice(0, Math.max(1, this.rows - 1));
    const back = this.#lines > 0 ? `\u001b[${this.#lines}A` : '';
    const text = fitting.map((line) => `${clipped(line, this.columns)}\u001b[K\n`).join('');
    process.stdout.write(`${back}${text}\u001b[J`);
    this.#lines = fitting.length;
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
    const characters = [...part];
    cut += characters.slice(0, Math.max(0, width - 1 - seen)).join('');
    seen += characters.length;
  }
  return cut;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are terminal codes
const ANSI = /(\u001b\[[0-9;]*m)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are terminal codes
const ANSI_WHOLE = /^\u001b\[[0-9;]*m$/;
