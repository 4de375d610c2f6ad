/** The sample's versions, and what each is for. */
export const VERSIONS: Readonly<Record<string, string>> = {
  '1.0.0': 'good; live at the start',
  '1.1.0': 'good',
  '1.2.0': 'fails 5 % of its requests',
  '1.3.0': 'carries a CRITICAL finding',
  '1.4.0': 'good',
  '1.5.0': 'gets slow',
  '1.6.0': 'never becomes ready',
};
