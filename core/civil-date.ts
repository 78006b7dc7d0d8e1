/**
 * Days since 1970-01-01 → the date as Postgres prints it in ISO style, without its era, and whether
 * that era is BC. Howard Hinnant's civil_from_days,
 * https://howardhinnant.github.io/date_algorithms.html
 */
export function printDate(days: number): { date: string; beforeChrist: boolean } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const beforeChrist = year <= 0;
  const shown = String(beforeChrist ? 1 - year : year).padStart(4, '0');
  return { date: `${shown}-${twoDigits(month)}-${twoDigits(day)}`, beforeChrist };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
