/** A5, as far as it can be said while a name is typed; the hub has the last word. */
const NAME_MAX_LENGTH = 128;
const SEGMENT_MAX_LENGTH = 64;
const SEGMENTS_MAX = 4;

/** What is wrong with a topic's name, in words; undefined for one that the hub takes. */
export function checkTopicName(name: string): string | undefined {
  if (/[A-Z]/.test(name)) return `Only lower case: ${name.toLowerCase()}.`;
  const wrong = /[^a-z0-9._/-]/u.exec(name)?.[0];
  if (wrong !== undefined)
    return `${wrong === " " ? "A space" : `"${wrong}"`} cannot stand in a name: use a-z, 0-9, . _ - and / between parts.`;
  const segments = name.split("/");
  if (segments.includes("")) return "A part between slashes is empty.";
  if (segments.length > SEGMENTS_MAX) return `At most ${SEGMENTS_MAX} parts.`;
  if (segments.some((segment) => !/^[a-z0-9]/.test(segment))) return "Each part begins with a letter or a digit.";
  if (segments.some(({ length }) => length > SEGMENT_MAX_LENGTH))
    return `A part has at most ${SEGMENT_MAX_LENGTH} characters.`;
  return name.length > NAME_MAX_LENGTH ? `At most ${NAME_MAX_LENGTH} characters.` : undefined;
}
