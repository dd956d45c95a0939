export { type Consumer, MAX_TRIES, openConsumer } from "./consumer.ts";
export {
  CONSUMER_TABLES,
  type Delivery,
  type DeliveryOffice,
  forgetDeliveries,
  openDeliveryOffice,
  splitOff,
  undeliveredBy,
} from "./deliveries.ts";
export type { ConsumerDeps } from "./deps.ts";
export { LEASE } from "./lease.ts";
