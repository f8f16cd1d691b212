/** What the launcher tells, and what workerd tells through it: lines of JSON for a collector, words for a terminal. */
import {
  configureSync,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
  type TextFormatter,
  type TextFormatterOptions,
} from "@logtape/logtape";
import type { LogFormat, LogLevelName } from "./settings.ts";

export interface LogOptions {
  level: LogLevelName;
  format: LogFormat;
  isColorful: boolean;
  write(line: string): void;
}

/** A line as durable-objects/log.ts writes it. */
interface WorkerLine {
  "@timestamp": string;
  level: string;
  message: string;
  logger: string;
  properties: Record<string, unknown>;
}

const LAUNCHER = ["cc2cc", "launcher"];
const WORKERD = ["cc2cc", "workerd"];

let format: TextFormatter = getJsonLinesFormatter();
let writeLine: (line: string) => void = () => undefined;
let isJson = false;

/** Before anything is logged; again in tests. */
export function configureLog(options: LogOptions): void {
  isJson = options.format === "json";
  format = isJson ? getJsonLinesFormatter() : textFormatter(options.isColorful);
  writeLine = (line) => options.write(line.replace(/\n+$/, ""));
  configureSync({
    reset: true,
    sinks: { lines: (record) => writeLine(format(record)) },
    loggers: [
      { category: "cc2cc", sinks: ["lines"], lowestLevel: options.level === "warn" ? "warning" : options.level },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
}

export function logLine(level: LogLevelName, message: string, facts: Record<string, unknown> = {}): void {
  getLogger(LAUNCHER)[level](escapeTemplate(message), facts);
}

/** Passes on what workerd printed: lines of the hub's own log as they are meant, anything else as a warning of workerd. */
export function relayLine(line: string): void {
  const parsed = readWorkerLine(line);
  if (parsed === undefined) {
    if (line.trim() !== "") getLogger(WORKERD).warn(escapeTemplate(line));
  } else if (isJson) writeLine(line);
  else writeLine(format(toRecord(parsed)));
}

function readWorkerLine(line: string): WorkerLine | undefined {
  if (!line.startsWith('{"@timestamp"')) return undefined;
  try {
    return JSON.parse(line) as WorkerLine;
  } catch {
    return undefined;
  }
}

function toRecord(line: WorkerLine): LogRecord {
  const level = line.level === "WARN" ? "warning" : (line.level.toLowerCase() as LogLevel);
  return {
    category: line.logger.split("."),
    level,
    timestamp: Date.parse(line["@timestamp"]),
    message: [line.message],
    rawMessage: line.message,
    properties: line.properties,
  };
}

function textFormatter(isColorful: boolean): TextFormatter {
  const options: TextFormatterOptions = {
    timestamp: "time",
    level: "full",
    format: ({ timestamp, level, message, record }) =>
      `${timestamp} ${level.padEnd(7)} ${message}${Object.entries(record.properties).map(renderFact).join("")}`,
  };
  return isColorful ? getAnsiColorFormatter(options) : getTextFormatter(options);
}

function renderFact([name, value]: [string, unknown]): string {
  if (value === undefined || value === null) return "";
  const text = String(value);
  return ` ${name}=${/\s/.test(text) ? JSON.stringify(text) : text}`;
}

/** Braces mean placeholders to the library. */
function escapeTemplate(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}
