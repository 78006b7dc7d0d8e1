import fc from 'fast-check';
import type { TypeCase, Written } from './type-case.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** Years as Postgres writes them: 0 is 1 BC. */
function day(year: number, month: number, dayOfMonth: number): { date: string; era: string } {
  const shown = year > 0 ? year : 1 - year;
  return { date: `${String(shown).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}`, era: year > 0 ? '' : ' BC' };
}

/** Days between two years; the near ones more often. */
function days(from: number, to: number): fc.Arbitrary<{ date: string; era: string }> {
  const year = fc.oneof(fc.integer({ min: from, max: to }), fc.integer({ min: 1880, max: 2310 }), fc.integer({ min: -10, max: 10 }));
  return fc.tuple(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 })).map((parts) => day(...parts));
}

const clock = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.oneof(fc.constant(0), fc.nat(999_999)))
  .map(([h, m, s, us]) => `${two(h)}:${two(m)}:${two(s)}${us === 0 ? '' : `.${String(us).padStart(6, '0')}`}`);

const offset = fc
  .tuple(fc.constantFrom('+', '-'), fc.nat(15), fc.nat(59), fc.oneof(fc.constant(0), fc.nat(59)))
  .map(([sign, h, m, s]) => `${sign}${two(h)}:${two(m)}${s === 0 ? '' : `:${two(s)}`}`);

const CLOCKS = ['00:00:00', '00:00:00.000001', '12:34:56.789012', '23:59:59', '23:59:59.999999', '24:00:00', '01:02:03.1', '01:02:03.120'];

const INSTANTS = [
  'infinity',
  '-infinity',
  'epoch',
  '4714-11-24 00:00:00 BC',
  '4713-01-01 00:00:00 BC',
  '0001-12-31 23:59:59.999999 BC',
  '0001-01-01 00:00:00',
  '0099-03-04 05:06:07.000008',
  '1582-10-15 12:00:00',
  '1899-12-31 23:59:59.999999',
  '1900-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '1970-01-01 00:00:00.000001',
  '2000-02-29 00:00:00',
  '2024-02-29 12:34:56.7',
  '2262-04-11 23:47:16.854776',
  '2299-12-31 23:59:59.999999',
  '2300-01-01 00:00:00',
  '9999-12-31 23:59:59.999999',
  '10000-01-01 00:00:00',
  '123456-07-08 09:10:11.12',
  '294247-01-10 00:00:00',
  '294247-01-10 00:00:00.000001',
  '294247-01-10 04:00:54.775807',
  '294247-01-10 04:00:54.775808',
  '294276-12-31 23:59:59.999999',
];
const DATES = [
  'infinity',
  '-infinity',
  'epoch',
  '4714-11-24 BC',
  '4713-01-01 BC',
  '0001-12-31 BC',
  '0001-01-01',
  '0099-12-31',
  '1899-12-31',
  '1900-01-01',
  '1969-12-31',
  '1970-01-01',
  '2000-02-29',
  '2100-02-28',
  '2149-06-06',
  '2299-12-31',
  '2300-01-01',
  '9999-12-31',
  '10000-01-01',
  '5874897-12-31',
  '5874897-01-01',
];
/** With an offset, before the era where there is one. */
const zoned = (text: string, zone = '+00'): string => (/inf|epoch/.test(text) ? text : text.replace(/( BC)?$/, `${zone}$1`));

const INTERVALS = [
  '0',
  '1 microsecond',
  '-1 microsecond',
  '1 day',
  '24:00:00',
  '1 mon',
  '30 days',
  '720:00:00',
  '12 mons',
  '1 year',
  '-1 year',
  '1 mon -1 day',
  '-1 mon +1 day',
  '1 year 2 mons -3 days -04:05:06.000007',
  '-1 year -2 mons +3 days -04:05:06.789',
  '-00:00:00.000001',
  '1 day -00:00:01',
  '100:00:00',
  '-23:59:59.999999',
  '2147483647 days',
  '-2147483648 days',
  '178956970 years 7 mons',
  '-178956970 years -8 mons',
];
/** Before 15 hours were read into 32 bits. */
const LONG_INTERVALS = [
  '2562047788:00:54.775807',
  '-2562047788:00:54.775807',
  '178956970 years 7 mons 2147483647 days 2562047788:00:54.775807',
];

const span = (max: number): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.integer({ min: -max, max }));
const intervals = fc
  .tuple(span(200), span(15), span(400), span(2_000_000_000), span(999_999))
  .map(([y, mon, d, s, us]) => `${y} years ${mon} mons ${d} days ${s} seconds ${us} microseconds`);

/** Every type that takes a precision, with it and without. */
function precise(type: string, edges: readonly Written[], random: fc.Arbitrary<string>): TypeCase[] {
  return [type, `${type}(0)`, `${type}(3)`].map((declared) => ({
    type: declared,
    covers: [type],
    // Rounded to seconds the last instant is beyond what there is.
    edges: declared === type ? edges : edges.filter((edge) => typeof edge !== 'string' || !edge.startsWith('294276')),
    random,
  }));
}

/** Time types; infinite intervals came with 17. */
export function timeCases(version: number): TypeCase[] {
  const instants = days(-4712, 294_275);
  const moment = fc.tuple(instants, clock);
  return [
    { type: 'date', covers: ['date'], edges: DATES, random: days(-4712, 5_874_897).map(({ date, era }) => date + era) },
    ...precise('time', CLOCKS, clock),
    ...precise(
      'timetz',
      [
        ...CLOCKS.map((text) => `${text}+00`),
        '24:00:00+05:30',
        '00:00:00-15:59:59',
        '00:00:00+15:59:59',
        '12:00:00-00:00:01',
        '23:59:59.999999+14',
      ],
      fc.tuple(clock, offset).map((parts) => parts.join('')),
    ),
    ...precise(
      'timestamp',
      INSTANTS,
      moment.map(([{ date, era }, time]) => `${date} ${time}${era}`),
    ),
    ...precise(
      'timestamptz',
      [...INSTANTS.map((text) => zoned(text)), '2024-06-01 12:00:00+05:45', '1883-11-18 12:03:57-04:56:02'],
      fc.tuple(moment, offset).map(([[{ date, era }, time], zone]) => `${date} ${time}${zone}${era}`),
    ),
    {
      type: 'interval',
      covers: ['interval'],
      edges: [...INTERVALS, ...(version >= 15 ? LONG_INTERVALS : []), ...(version >= 17 ? ['infinity', '-infinity'] : [])],
      random: intervals,
    },
    { type: 'interval(2)', covers: ['interval'], edges: ['00:00:00.129', '1 mon 2 days 00:00:00.005'], random: intervals },
    { type: 'interval year to month', covers: ['interval'], edges: ['1-2', '-1-2', '3 years'], random: intervals },
    { type: 'interval day to second(3)', covers: ['interval'], edges: ['1 04:05:06.7891', '-1 04:05:06'], random: intervals },
  ];
}
