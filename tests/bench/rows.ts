/** Rows in the table before anything is measured. */
export const ROWS = 100_000;

/** The body of a new post, the same for product and baseline. */
export function rowAt(index: number): { title: string; status: string; body: string; views: number } {
  return {
    title: `Title ${index}`,
    status: index % 3 === 0 ? "published" : "draft",
    body: "lorem ipsum dolor sit amet ".repeat(4),
    views: index % 1000,
  };
}

/** The id of the row made at first, second ... place. */
export function uuidAt(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, "0")}`;
}
