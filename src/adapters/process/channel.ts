/**
 * The descriptor of a child on which messages come in and go out: none of the usual ones, where packages write what is no message.
 * It is the one that Bun leaves open where a program takes the place of another.
 */
export const CHANNEL = 3;
