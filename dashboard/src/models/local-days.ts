/** Days as the person before the page counts them: the hub's own begin at midnight in UTC. */

const DAY_WORD = /(^|\s)(-?(?:after|before):)(today|yesterday)(?=\s|$)/gi;

/** A query for the hub's search with `today` and `yesterday` as the moments at which they began here. */
export function withLocalDays(query: string, now: number): string {
  return query.replace(DAY_WORD, (_all, space: string, operator: string, word: string) => {
    const day = new Date(now);
    day.setHours(0, 0, 0, 0);
    // By the calendar: not every day has 24 hours.
    if (word.toLowerCase() === "yesterday") day.setDate(day.getDate() - 1);
    return `${space}${operator}${day.toISOString()}`;
  });
}
