import { encode } from "uqr";
import "./qr-code.css";

/** A text for the camera of another device. Black on white in both themes, since not every camera reads it otherwise. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  return (
    <svg class="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={drawModules(data)} />
    </svg>
  );
}

/** One stroke for each run of dark modules in a row. */
function drawModules(rows: boolean[][]): string {
  const runs: string[] = [];
  for (const [y, row] of rows.entries()) {
    let start = -1;
    for (let x = 0; x <= row.length; x++) {
      if (row[x] && start < 0) start = x;
      if (row[x] || start < 0) continue;
      runs.push(`M${start} ${y}h${x - start}v1h${start - x}z`);
      start = -1;
    }
  }
  return runs.join("");
}
