-- A copy of the database tells nobody: channels are archived, their addresses and secrets forgotten.
UPDATE mrp_closure_channel
   SET active = false,
       url = NULL,
       secret = NULL;
