/** Where an expectation comes from, and when it was read. */
export interface Source {
  readonly url: string;
  readonly read: '2026-11-21';
}

/** A valid pattern, with events that fit and events that don't. */
export interface PatternCase {
  readonly name: string;
  readonly source: Source;
  readonly pattern: object;
  readonly fits: readonly object[];
  readonly misses: readonly object[];
}

const source = (url: string): Source => ({ url, read: '2026-11-21' });

const OPERATORS = source(
  'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html',
);
const PATTERNS = source(
  'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html',
);
const README = source('https://github.com/aws/event-ruler/blob/main/README.md');
const RULER_TEST = source(
  'https://github.com/aws/event-ruler/blob/main/src/test/software/amazon/event/ruler/RulerTest.java',
);
const CORRECTNESS = source(
  'https://github.com/aws/event-ruler/blob/main/src/test/resources/correctness-cases.json',
);
const CIDR_TEST = source(
  'https://github.com/aws/event-ruler/blob/main/src/test/software/amazon/event/ruler/CIDRTest.java',
);
const FINDER = source(
  'https://github.com/aws/event-ruler/blob/main/src/main/software/amazon/event/ruler/ACFinder.java',
);
const COMPILER_TEST = source(
  'https://github.com/aws/event-ruler/blob/main/src/test/software/amazon/event/ruler/RuleCompilerTest.java',
);

const detail = (fields: object): object => ({ detail: fields });

/** The event of Event Ruler's README. */
const INSTANCE = {
  version: '0',
  id: 'ddddd4-aaaa-7777-4444-345dd43cc333',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '012345679012',
  time: '2017-10-02T16:24:49Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'],
  detail: {
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'instance-id': 'i-000000aaaaaa00000',
    state: 'running',
  },
};

const instance = (fields: object): object => ({
  ...INSTANCE,
  detail: { ...INSTANCE.detail, ...fields },
});

/** The event with arrays in arrays of Event Ruler's tests. */
const EMPLOYEES = {
  employees: [
    [
      { firstName: 'John', lastName: 'Doe', ids: [1234, 1000, 9999] },
      { firstName: 'Anna', lastName: 'Smith' },
    ],
    [{ firstName: 'Peter', lastName: 'Jones', ids: [] }],
  ],
};

/** The RFC's picture, as Event Ruler's tests use it. */
const IMAGE = {
  Image: {
    Width: 800,
    Height: 600,
    Title: 'View from 15th Floor',
    Thumbnail: { Url: 'http://www.example.com/image/481989943', Height: 125, Width: 100 },
    Animated: false,
    IDs: [116, 943, 234, 38793],
  },
};

const exactCases: PatternCase[] = [
  {
    name: 'all fields named must fit, others are ignored',
    source: README,
    pattern: {
      'detail-type': ['EC2 Instance State-change Notification'],
      resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'],
      detail: { state: ['initializing', 'running'] },
    },
    fits: [INSTANCE, instance({ state: 'initializing' })],
    misses: [instance({ state: 'stopped' }), { ...INSTANCE, 'detail-type': 'Other' }],
  },
  {
    name: 'characters are compared one by one, case included',
    source: PATTERNS,
    pattern: { source: ['aws.ec2'] },
    fits: [INSTANCE],
    misses: [{ source: 'AWS.EC2' }, { source: 'aws.ec2 ' }, { source: 'aws.ec' }],
  },
  {
    name: 'a field that is not there does not fit',
    source: PATTERNS,
    pattern: { detail: { state: ['running'] } },
    fits: [detail({ state: 'running' })],
    misses: [detail({}), {}, detail({ State: 'running' })],
  },
  {
    name: 'an empty string is a value',
    source: OPERATORS,
    pattern: detail({ LastName: [''] }),
    fits: [detail({ LastName: '' })],
    misses: [detail({ LastName: ' ' }), detail({ LastName: null }), detail({})],
  },
  {
    name: 'null is a value, and neither a text nor absence',
    source: OPERATORS,
    pattern: detail({ UserID: [null] }),
    fits: [detail({ UserID: null })],
    misses: [detail({ UserID: '' }), detail({ UserID: 'null' }), detail({})],
  },
  {
    name: 'numbers, texts and booleans are different things',
    source: PATTERNS,
    pattern: detail({ a: [100, true] }),
    fits: [detail({ a: 100 }), detail({ a: true })],
    misses: [detail({ a: '100' }), detail({ a: 'true' }), detail({ a: false }), detail({ a: 1 })],
  },
  {
    name: 'numbers beyond numeric matching still match exactly',
    source: COMPILER_TEST,
    pattern: { account: [123456789012] },
    fits: [{ account: 123456789012 }],
    misses: [{ account: 123456789013 }, { account: '123456789012' }],
  },
  {
    name: 'an address matches as a text',
    source: COMPILER_TEST,
    pattern: { b: ['192.0.2.0'] },
    fits: [{ b: '192.0.2.0' }],
    misses: [{ b: '192.0.2.1' }],
  },
  {
    name: 'exactly is the operator of plain values',
    source: COMPILER_TEST,
    pattern: { a: [{ exactly: 'child' }] },
    fits: [{ a: 'child' }],
    misses: [{ a: 'children' }],
  },
  {
    name: 'a value does not fit where the event has an object',
    source: RULER_TEST,
    pattern: { employees: ['b'] },
    fits: [{ employees: ['a', 'b'] }],
    misses: [EMPLOYEES, { employees: { b: 'b' } }],
  },
  {
    name: 'booleans and numbers deep inside',
    source: RULER_TEST,
    pattern: { Image: { Width: [800], Animated: [false], Thumbnail: { Height: [125, 300] } } },
    fits: [IMAGE],
    misses: [{ Image: { ...IMAGE.Image, Animated: true } }],
  },
];

const textCases: PatternCase[] = [
  {
    name: 'prefix',
    source: OPERATORS,
    pattern: { time: [{ prefix: '2017-10-02' }] },
    fits: [INSTANCE, { time: '2017-10-02' }],
    misses: [{ time: '2017-10-03T00:00:00Z' }, { time: 20171002 }, {}],
  },
  {
    name: 'an empty prefix takes every text, but nothing else',
    source: OPERATORS,
    pattern: detail({ a: [{ prefix: '' }] }),
    fits: [detail({ a: '' }), detail({ a: 'x' })],
    misses: [detail({ a: 1 }), detail({ a: null }), detail({})],
  },
  {
    name: 'prefix that ignores case',
    source: OPERATORS,
    pattern: detail({ service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }),
    fits: [
      detail({ service: 'EventBridge' }),
      detail({ service: 'EVENTBUS' }),
      detail({ service: 'eventb' }),
    ],
    misses: [detail({ service: 'event' }), detail({ service: 'my-eventbridge' })],
  },
  {
    name: 'suffix',
    source: OPERATORS,
    pattern: detail({ FileName: [{ suffix: '.png' }] }),
    fits: [detail({ FileName: 'a.png' }), detail({ FileName: '.png' })],
    misses: [
      detail({ FileName: 'a.PNG' }),
      detail({ FileName: 'a.png.txt' }),
      detail({ FileName: 7 }),
    ],
  },
  {
    name: 'suffix that ignores case',
    source: OPERATORS,
    pattern: detail({ FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] }),
    fits: [detail({ FileName: 'a.PNG' }), detail({ FileName: 'a.pNg' })],
    misses: [detail({ FileName: 'a.pngx' })],
  },
  {
    name: 'equals-ignore-case',
    source: OPERATORS,
    pattern: {
      'detail-type': [{ 'equals-ignore-case': 'ec2 instance state-change notification' }],
    },
    fits: [INSTANCE],
    misses: [{ 'detail-type': 'ec2 instance state-change' }, { 'detail-type': 1 }],
  },
  {
    name: 'wildcard in the middle',
    source: OPERATORS,
    pattern: { EventBusArn: [{ wildcard: 'arn:aws:events:us-east-1:*:event-bus/*' }] },
    fits: [{ EventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/default' }],
    misses: [{ EventBusArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' }],
  },
  {
    name: 'a wildcard stands for no character, too',
    source: README,
    pattern: { source: [{ wildcard: 'Simple*Service' }] },
    fits: [{ source: 'SimpleService' }, { source: 'SimpleQueueService' }],
    misses: [{ source: 'SimpleQueueServices' }, { source: 'simpleService' }],
  },
  {
    name: 'wildcards at both ends',
    source: OPERATORS,
    pattern: detail({ FilePath: [{ wildcard: '*/lib/*' }] }),
    fits: [detail({ FilePath: '/usr/lib/x' }), detail({ FilePath: '/lib/' })],
    misses: [detail({ FilePath: 'lib' }), detail({ FilePath: '/library/' })],
  },
  {
    name: 'an escaped asterisk is an asterisk',
    source: README,
    pattern: detail({ a: [{ wildcard: 'a\\*b*' }] }),
    fits: [detail({ a: 'a*b' }), detail({ a: 'a*bc' })],
    misses: [detail({ a: 'axb' })],
  },
  {
    name: 'an escaped backslash is a backslash',
    source: README,
    pattern: detail({ a: [{ wildcard: 'c:\\\\*' }] }),
    fits: [detail({ a: 'c:\\temp' })],
    misses: [detail({ a: 'c:/temp' })],
  },
  {
    name: 'a wildcard without asterisk is an exact text; other characters mean themselves',
    source: README,
    pattern: detail({ a: [{ wildcard: 'a.b+(c)[d]?' }] }),
    fits: [detail({ a: 'a.b+(c)[d]?' })],
    misses: [detail({ a: 'axb+(c)[d]?' })],
  },
  {
    name: 'a wildcard spans lines',
    source: README,
    pattern: detail({ a: [{ wildcard: 'x*y' }] }),
    fits: [detail({ a: 'x\n\ny' })],
    misses: [detail({ a: 'x\ny\n' })],
  },
  {
    name: 'different operators in one array: any of them',
    source: OPERATORS,
    pattern: detail({ state: [{ prefix: 'init' }, 'running', { exists: false }] }),
    fits: [detail({ state: 'initializing' }), detail({ state: 'running' }), detail({})],
    misses: [detail({ state: 'stopped' })],
  },
];

const anythingButCases: PatternCase[] = [
  {
    name: 'anything but a text',
    source: OPERATORS,
    pattern: detail({ state: [{ 'anything-but': 'initializing' }] }),
    fits: [INSTANCE, detail({ state: 1 }), detail({ state: null }), detail({ state: false })],
    misses: [detail({ state: 'initializing' }), detail({})],
  },
  {
    name: 'anything but a number',
    source: OPERATORS,
    pattern: detail({ 'x-limit': [{ 'anything-but': 123 }] }),
    fits: [INSTANCE, detail({ 'x-limit': '123' })],
    misses: [detail({ 'x-limit': 123 }), detail({ 'x-limit': 123.0 }), detail({})],
  },
  {
    name: 'anything but a list of texts',
    source: OPERATORS,
    pattern: detail({ state: [{ 'anything-but': ['stopped', 'overloaded'] }] }),
    fits: [INSTANCE],
    misses: [detail({ state: 'stopped' }), detail({ state: 'overloaded' })],
  },
  {
    name: 'anything but a list of numbers',
    source: OPERATORS,
    pattern: detail({ 'x-limit': [{ 'anything-but': [100, 200, 300] }] }),
    fits: [INSTANCE],
    misses: [detail({ 'x-limit': 200 })],
  },
  {
    name: 'anything but a text in any case',
    source: OPERATORS,
    pattern: detail({ state: [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }] }),
    fits: [INSTANCE],
    misses: [detail({ state: 'INITIALIZING' }), detail({ state: 'Initializing' })],
  },
  {
    name: 'anything but a list of texts in any case',
    source: OPERATORS,
    pattern: detail({
      state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
    }),
    fits: [INSTANCE],
    misses: [detail({ state: 'STOPPED' })],
  },
  {
    name: 'anything but a prefix',
    source: OPERATORS,
    pattern: detail({ state: [{ 'anything-but': { prefix: 'init' } }] }),
    fits: [INSTANCE, detail({ state: 'Init' }), detail({ state: 5 })],
    misses: [detail({ state: 'initializing' }), detail({ state: 'init' }), detail({})],
  },
  {
    name: 'anything but a list of prefixes',
    source: OPERATORS,
    pattern: detail({ state: [{ 'anything-but': { prefix: ['init', 'error'] } }] }),
    fits: [INSTANCE],
    misses: [detail({ state: 'init' }), detail({ state: 'error: x' })],
  },
  {
    name: 'anything but a suffix',
    source: OPERATORS,
    pattern: detail({ FileName: [{ 'anything-but': { suffix: '.txt' } }] }),
    fits: [detail({ FileName: 'a.png' })],
    misses: [detail({ FileName: 'a.txt' })],
  },
  {
    name: 'anything but a list of suffixes',
    source: OPERATORS,
    pattern: detail({ FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] }),
    fits: [detail({ FileName: 'a.png' })],
    misses: [detail({ FileName: 'a.txt' }), detail({ FileName: 'a.rtf' })],
  },
  {
    name: 'anything but a wildcard',
    source: OPERATORS,
    pattern: detail({ FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] }),
    fits: [detail({ FilePath: '/usr/bin/x' })],
    misses: [detail({ FilePath: '/usr/lib/x' })],
  },
  {
    name: 'anything but a list of wildcards',
    source: OPERATORS,
    pattern: detail({ FilePath: [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }] }),
    fits: [detail({ FilePath: '/usr/share/x' })],
    misses: [detail({ FilePath: '/usr/lib/x' }), detail({ FilePath: '/usr/bin/x' })],
  },
  {
    name: 'of an array, one other value is enough',
    source: CORRECTNESS,
    pattern: { d: { tags: [{ 'anything-but': 'banned' }], type: [{ exists: true }] } },
    fits: [{ d: { tags: ['banned', 'ok'], type: 'x' } }],
    misses: [{ d: { tags: ['banned'], type: 'x' } }, { d: { tags: [], type: 'x' } }],
  },
  {
    name: 'with another condition on the same element',
    source: CORRECTNESS,
    pattern: { u: { s: [{ 'anything-but': 'banned' }], n: [{ exists: true }] } },
    fits: [
      {
        u: [
          { n: 'alice', s: 'banned' },
          { n: 'bob', s: 'active' },
        ],
      },
    ],
    misses: [{ u: [{ n: 'alice', s: 'banned' }, { s: 'active' }] }],
  },
];

const numericCases: PatternCase[] = [
  {
    name: 'a range, its lower end open and its upper closed',
    source: OPERATORS,
    pattern: detail({ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] }),
    fits: [INSTANCE, detail({ 'c-count': 0.000001 })],
    misses: [detail({ 'c-count': 0 }), detail({ 'c-count': 5.1 }), detail({ 'c-count': '3' })],
  },
  {
    name: 'a range, its lower end closed and its upper open',
    source: RULER_TEST,
    pattern: { Image: { Thumbnail: { Width: [{ numeric: ['>=', 100, '<', 101] }] } } },
    fits: [IMAGE],
    misses: [{ Image: { Thumbnail: { Width: 101 } } }, { Image: { Thumbnail: { Width: 99.9 } } }],
  },
  {
    name: 'less than',
    source: OPERATORS,
    pattern: detail({ 'd-count': [{ numeric: ['<', 10] }] }),
    fits: [INSTANCE, detail({ 'd-count': -4 })],
    misses: [detail({ 'd-count': 10 })],
  },
  {
    name: 'at most',
    source: RULER_TEST,
    pattern: { Image: { Height: [{ numeric: ['<=', 600] }] } },
    fits: [IMAGE],
    misses: [{ Image: { Height: 600.1 } }],
  },
  {
    name: 'more than',
    source: OPERATORS,
    pattern: detail({ Price: [{ numeric: ['>', 10] }] }),
    fits: [detail({ Price: 10.5 })],
    misses: [detail({ Price: 10 })],
  },
  {
    name: 'at least',
    source: COMPILER_TEST,
    pattern: { x: [{ numeric: ['>=', 3.8] }] },
    fits: [{ x: 3.8 }, { x: 4 }],
    misses: [{ x: 3.79 }],
  },
  {
    name: 'equal, in whatever notation',
    source: OPERATORS,
    pattern: detail({ 'x-limit': [{ numeric: ['=', 3.018e2] }] }),
    fits: [INSTANCE],
    misses: [detail({ 'x-limit': 301.81 })],
  },
  {
    name: 'negative numbers',
    source: COMPILER_TEST,
    pattern: { x: [{ numeric: ['>=', -4e-6, '<', 0] }] },
    fits: [{ x: -0.000004 }, { x: -0.000001 }],
    misses: [{ x: 0 }, { x: -1 }],
  },
  {
    name: 'one of an array of numbers is enough',
    source: CORRECTNESS,
    pattern: { d: { vals: [{ numeric: ['>', 0, '<', 10] }], type: [{ exists: true }] } },
    fits: [{ d: { vals: [100, 5, 200], type: 'ok' } }],
    misses: [{ d: { vals: [100, 200], type: 'ok' } }],
  },
  {
    name: 'number and presence in the same element of an array',
    source: CORRECTNESS,
    pattern: { i: { p: [{ numeric: ['>', 0, '<', 100] }], n: [{ exists: true }] } },
    fits: [
      {
        i: [
          { n: 'w', p: 50 },
          { n: 'g', p: 200 },
        ],
      },
    ],
    misses: [{ i: [{ p: 50 }, { n: 'g', p: 200 }] }],
  },
];

const addressCases: PatternCase[] = [
  {
    name: 'a block of 256 addresses',
    source: OPERATORS,
    pattern: detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] }),
    fits: [INSTANCE, detail({ 'source-ip': '10.0.0.0' }), detail({ 'source-ip': '10.0.0.255' })],
    misses: [
      detail({ 'source-ip': '10.0.1.0' }),
      detail({ 'source-ip': 'ten' }),
      detail({ 'source-ip': 10 }),
    ],
  },
  {
    name: 'a mask that is no multiple of eight',
    source: CIDR_TEST,
    pattern: { a: [{ cidr: '52.76.128.0/17' }] },
    fits: [{ a: '52.76.128.0' }, { a: '52.76.255.255' }],
    misses: [{ a: '52.76.127.255' }, { a: '52.77.0.0' }],
  },
  {
    name: 'a block begins at its address, not at its network',
    source: CIDR_TEST,
    pattern: { a: [{ cidr: '54.240.196.171/24' }] },
    fits: [{ a: '54.240.196.171' }, { a: '54.240.196.255' }],
    misses: [{ a: '54.240.196.170' }],
  },
  {
    name: 'IPv6',
    source: CIDR_TEST,
    pattern: { a: [{ cidr: '2400:6500:FF00::36FB:1F80/122' }] },
    fits: [{ a: '2400:6500:ff00::36fb:1f80' }, { a: '2400:6500:FF00:0:0:0:36FB:1FBF' }],
    misses: [{ a: '2400:6500:ff00::36fb:1fc0' }, { a: '10.0.0.1' }],
  },
  {
    name: 'an address in another notation is the same',
    source: CIDR_TEST,
    pattern: { a: ['2001:db8::ff00:42:8329'] },
    fits: [{ a: '2001:db8::ff00:42:8329' }, { a: '2001:0DB8:0:0:0:FF00:42:8329' }],
    misses: [{ a: '2001:db8::ff00:42:832a' }],
  },
];

const existsCases: PatternCase[] = [
  {
    name: 'there',
    source: OPERATORS,
    pattern: detail({ 'c-count': [{ exists: true }] }),
    fits: [
      INSTANCE,
      detail({ 'c-count': null }),
      detail({ 'c-count': '' }),
      detail({ 'c-count': [0] }),
    ],
    misses: [detail({}), {}],
  },
  {
    name: 'not there',
    source: OPERATORS,
    pattern: detail({ 'c-count': [{ exists: false }] }),
    fits: [detail({ state: 'x' }), {}],
    misses: [INSTANCE, detail({ 'c-count': null })],
  },
  {
    name: 'works on leaves only: an object in its place is not there',
    source: README,
    pattern: detail({ 'c-count': [{ exists: false }] }),
    fits: [detail({ 'c-count': { c1: 100 } })],
    misses: [detail({ 'c-count': 100 })],
  },
  {
    name: 'an object in its place does not make it there',
    source: OPERATORS,
    pattern: detail({ 'c-count': [{ exists: true }] }),
    fits: [detail({ 'c-count': 1 })],
    misses: [detail({ 'c-count': { c1: 100 } })],
  },
  {
    name: 'an empty array has no leaf',
    source: CORRECTNESS,
    pattern: { d: { name: [{ exists: true }], type: [{ exists: true }] } },
    fits: [{ d: { name: ['only'], type: 'x' } }],
    misses: [{ d: { name: [], type: 'x' } }],
  },
  {
    name: 'two fields, both there',
    source: CORRECTNESS,
    pattern: { d: { a: [{ exists: true }], b: [{ exists: true }] } },
    fits: [{ d: { a: 1, b: 2 } }],
    misses: [{ d: { a: 1 } }, {}, { d: [] }],
  },
  {
    name: 'one there, the other not, in one element',
    source: CORRECTNESS,
    pattern: { d: { a: [{ exists: true }], b: [{ exists: false }] } },
    fits: [{ d: [{ a: 1 }] }],
    misses: [{ d: [{ a: 1, b: 2 }] }],
  },
  {
    name: 'absence in the element that another field chose',
    source: RULER_TEST,
    pattern: { employees: { firstName: ['Anna'], ids: [{ exists: false }] } },
    fits: [EMPLOYEES],
    misses: [{ employees: [{ firstName: 'Anna', ids: [1] }, { firstName: 'John' }] }],
  },
  {
    name: 'presence in the element that another field chose',
    source: RULER_TEST,
    pattern: { employees: { firstName: ['Anna'], ids: [{ exists: true }] } },
    fits: [{ employees: [{ firstName: 'Anna', ids: [7] }] }],
    misses: [EMPLOYEES],
  },
  {
    name: 'absence alone chooses no element: the field must be in none of them',
    source: FINDER,
    pattern: { a: { y: [{ exists: false }] } },
    fits: [{ a: [{ x: 1 }, { z: 2 }] }, { a: [] }],
    misses: [{ a: [{ x: 1 }, { y: 2 }] }],
  },
  {
    name: 'two rules of presence and absence on one event',
    source: RULER_TEST,
    pattern: { a: [{ exists: true }], b: [{ exists: false }] },
    fits: [{ a: 1 }],
    misses: [{ b: 2 }, { a: 1, b: 2 }],
  },
];

const arrayCases: PatternCase[] = [
  {
    name: 'an array in the event fits if one of its values does',
    source: PATTERNS,
    pattern: { resources: ['arn:a', 'arn:b'] },
    fits: [{ resources: ['arn:x', 'arn:b'] }, { resources: 'arn:a' }],
    misses: [{ resources: ['arn:x'] }, { resources: [] }],
  },
  {
    name: 'one value of several',
    source: CORRECTNESS,
    pattern: { d: { name: ['target'], type: ['GROUP'] } },
    fits: [{ d: { name: ['a', 'b', 'target', 'c'], type: 'GROUP' } }],
    misses: [{ d: { name: ['a', 'b'], type: 'GROUP' } }, { d: { name: ['target'], type: 'USER' } }],
  },
  {
    name: 'a prefix of one value',
    source: CORRECTNESS,
    pattern: { d: { tags: [{ prefix: 'ad' }], type: [{ exists: true }] } },
    fits: [{ d: { tags: ['admin', 'user', 'dev'], type: 'GROUP' } }],
    misses: [{ d: { tags: ['user', 'dev'], type: 'GROUP' } }],
  },
  {
    name: 'fields of an object are looked for in one element',
    source: CORRECTNESS,
    pattern: { d: { name: ['alice'], status: ['active'] } },
    fits: [{ d: [{ name: 'alice', status: 'active' }] }],
    misses: [{ d: [{ name: 'alice' }, { status: 'active' }] }],
  },
  {
    name: 'any element will do',
    source: CORRECTNESS,
    pattern: { d: { a: ['target'], b: ['found'] } },
    fits: [{ d: [{ a: 'x' }, { a: 'y' }, { a: 'target', b: 'found' }, { a: 'z' }] }],
    misses: [{ d: [{ a: 'target' }, { b: 'found' }, { a: 'x', b: 'found' }] }],
  },
  {
    name: 'three fields in one of three elements',
    source: CORRECTNESS,
    pattern: { d: { a: [{ exists: true }], b: [{ exists: true }], c: [{ exists: true }] } },
    fits: [{ d: [{ a: 1, b: 2, c: 3 }] }],
    misses: [{ d: [{ a: 1 }, { b: 2 }, { c: 3 }] }],
  },
  {
    name: 'arrays in arrays of objects, same inner element',
    source: CORRECTNESS,
    pattern: { u: { t: { k: ['color'], v: ['blue'] } } },
    fits: [{ u: [{ t: [{ k: 'color', v: 'blue' }] }] }],
    misses: [{ u: [{ t: [{ k: 'color' }, { v: 'blue' }] }] }],
  },
  {
    name: 'a field and an object beside it, same outer element',
    source: CORRECTNESS,
    pattern: { d: { name: [{ exists: true }], info: { x: ['1'] } } },
    fits: [{ d: [{ name: 'alice', info: { x: '1' } }] }],
    misses: [{ d: [{ name: 'alice' }, { info: { x: '1' } }] }],
  },
  {
    name: 'an array beside a single value',
    source: CORRECTNESS,
    pattern: { users: { name: [{ exists: true }] }, version: ['1'] },
    fits: [{ users: [{ name: 'alice' }], version: '1' }],
    misses: [{ users: [{ name: 'alice' }], version: '2' }],
  },
  {
    name: 'arrays directly in arrays',
    source: RULER_TEST,
    pattern: { employees: { firstName: ['John'], ids: [1000] } },
    fits: [EMPLOYEES],
    misses: [{ employees: [[{ firstName: 'John' }], [{ ids: [1000] }]] }],
  },
  {
    name: 'names of different people do not make one person',
    source: README,
    pattern: { employees: { firstName: ['Anna'], lastName: ['Jones'] } },
    fits: [{ employees: { firstName: 'Anna', lastName: 'Jones' } }],
    misses: [EMPLOYEES],
  },
];

const orCases: PatternCase[] = [
  {
    name: 'one field or the other, and a third',
    source: README,
    pattern: {
      source: ['aws.cloudwatch'],
      $or: [
        { metricName: ['CPUUtilization', 'ReadLatency'] },
        { namespace: ['AWS/EC2', 'AWS/ES'] },
      ],
    },
    fits: [
      { source: 'aws.cloudwatch', metricName: 'ReadLatency' },
      { source: 'aws.cloudwatch', metricName: 'x', namespace: 'AWS/ES' },
    ],
    misses: [
      { source: 'aws.cloudwatch' },
      { source: 'aws.ec2', metricName: 'ReadLatency' },
      { source: 'aws.cloudwatch', metricName: 'x', namespace: 'y' },
    ],
  },
  {
    name: 'two alternatives side by side, on different levels',
    source: README,
    pattern: {
      $or: [{ metricName: ['CPUUtilization'] }, { namespace: ['AWS/EC2'] }],
      detail: {
        $or: [{ source: ['aws.cloudwatch'] }, { 'detail-type': ['CloudWatch Alarm State Change'] }],
      },
    },
    fits: [
      { metricName: 'CPUUtilization', detail: { source: 'aws.cloudwatch' } },
      { namespace: 'AWS/EC2', detail: { 'detail-type': 'CloudWatch Alarm State Change' } },
    ],
    misses: [
      { metricName: 'CPUUtilization', detail: {} },
      { detail: { source: 'aws.cloudwatch' } },
    ],
  },
  {
    name: 'an alternative of two fields needs both',
    source: README,
    pattern: {
      source: ['aws.cloudwatch'],
      $or: [
        { metricName: ['CPUUtilization'] },
        { metricType: ['MetricType'], namespace: ['AWS/EC2'] },
        { scope: ['Service'] },
      ],
    },
    fits: [
      { source: 'aws.cloudwatch', metricType: 'MetricType', namespace: 'AWS/EC2' },
      { source: 'aws.cloudwatch', scope: 'Service' },
    ],
    misses: [{ source: 'aws.cloudwatch', metricType: 'MetricType' }],
  },
  {
    name: 'alternatives within alternatives',
    source: README,
    pattern: {
      source: ['aws.cloudwatch'],
      $or: [
        { metricName: ['CPUUtilization'] },
        { namespace: ['AWS/EC2'], $or: [{ metricId: [1234] }, { spaceId: [1000] }] },
      ],
    },
    fits: [
      { source: 'aws.cloudwatch', namespace: 'AWS/EC2', spaceId: 1000 },
      { source: 'aws.cloudwatch', metricName: 'CPUUtilization' },
    ],
    misses: [
      { source: 'aws.cloudwatch', namespace: 'AWS/EC2' },
      { source: 'aws.cloudwatch', spaceId: 1000 },
    ],
  },
  {
    name: 'alternatives of operators',
    source: OPERATORS,
    pattern: {
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [{ numeric: ['=', 3.018e2] }] },
        ],
      },
    },
    fits: [INSTANCE, detail({ 'd-count': 9 }), detail({ 'x-limit': 301.8 })],
    misses: [detail({ 'c-count': 6, 'd-count': 10, 'x-limit': 0 }), detail({})],
  },
  {
    name: 'several operators at once',
    source: OPERATORS,
    pattern: {
      time: [{ prefix: '2017-10-02' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    },
    fits: [INSTANCE],
    misses: [instance({ 'x-limit': 100 }), instance({ state: 'initializing' })],
  },
];

/** All cases, by what they are about. */
export const PATTERN_CASES: Readonly<Record<string, readonly PatternCase[]>> = {
  exact: exactCases,
  texts: textCases,
  'anything-but': anythingButCases,
  numeric: numericCases,
  cidr: addressCases,
  exists: existsCases,
  arrays: arrayCases,
  $or: orCases,
};
