/** Roles as processes of their own: started, watched, and ended with this one. */
package dev.lectern.experiment.process;
