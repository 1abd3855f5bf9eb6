/**
 * Heartbeats: how workers, ledgers and runs let others see what they do, at no risk to their work.
 */
package dev.lectern.schemas.status;
