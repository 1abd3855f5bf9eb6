/** What ships for launching is started, parsed and compared with what the roles really are. */
package dev.lectern.launch;
