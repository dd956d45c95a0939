export { type Consumer, type ConsumerDeps, MAX_TRIES, openConsumer } from "./consumer.ts";
export {
  CONSUMER_TABLES,
  type Delivery,
  type DeliveryOffice,
  forgetDeliveries,
  openDeliveryOffice,
  splitOff,
  undeliveredBy,
} from "./deliveries.ts";
export { LEASE } from "./lease.ts";
