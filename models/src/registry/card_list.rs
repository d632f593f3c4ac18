//! Cards of user models that were read so far, at addresses that do not change.

use std::sync::{Arc, OnceLock};

use crate::Card;

/// List that grows at its end while its cards are borrowed, without a lock.
///
/// A card stays until the list is dropped, so that a reference to it is valid as long as the list.
#[derive(Default)]
pub(super) struct CardList {
    first: OnceLock<Box<CardNode>>,
}

/// Card and the rest of the list.
struct CardNode {
    card: Arc<Card>,
    rest: CardList,
}

impl CardList {
    /// Returns the card of the list that equals `card`, which is added if there is none.
    pub(super) fn shared(&self, card: Arc<Card>) -> &Arc<Card> {
        let mut list = self;
        loop {
            let added = || Box::new(CardNode { card: Arc::clone(&card), rest: Self::default() });
            let node = list.first.get_or_init(added);
            if Arc::ptr_eq(&node.card, &card) || (node.card.id == card.id && node.card == card) {
                return &node.card;
            }
            list = &node.rest;
        }
    }
}

impl Drop for CardList {
    fn drop(&mut self) {
        // One after the other: nested drops of a long list would overflow the stack.
        let mut next = self.first.take();
        while let Some(mut node) = next {
            next = node.rest.first.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: usize) -> Arc<Card> {
        Arc::new(Card::descriptor_classifier(id.to_string(), Vec::new(), 1))
    }

    #[test]
    fn equal_cards_share_one_and_all_are_freed_with_the_list() {
        let list = CardList::default();
        let first = list.shared(card(0));
        let (second, again) = (list.shared(card(1)), list.shared(card(0)));
        assert!(Arc::ptr_eq(first, again) && first.id == "0" && second.id == "1");
        let other = Arc::new(Card { name: "another card of the same id".into(), ..(*card(0)).clone() });
        assert!(!Arc::ptr_eq(list.shared(other), first));
        let freed = Arc::downgrade(first);
        drop(list);
        assert_eq!(freed.strong_count(), 0);
    }

    #[test]
    fn long_list_is_dropped_without_recursion() {
        let list = CardList::default();
        let (mut end, one) = (&list, card(0));
        for _ in 0..300_000 {
            let node = Box::new(CardNode { card: Arc::clone(&one), rest: CardList::default() });
            end = &end.first.get_or_init(|| node).rest;
        }
        drop(list);
        assert_eq!(Arc::strong_count(&one), 1);
    }
}
