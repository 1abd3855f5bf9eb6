/** The demo's roles as processes of their own: started, watched, and ended with the demo. */
package dev.lectern.demo.process;
