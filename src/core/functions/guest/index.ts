export { createGuest, type Guest, type GuestCall, type GuestPlatform } from "./guest.ts";
